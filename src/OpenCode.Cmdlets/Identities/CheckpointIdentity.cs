using System.Management.Automation;

namespace OpenCode.Cmdlets.Identities;

/// <summary>Whatever names a checkpoint: its id, a unique prefix of the id, or the checkpoint itself.</summary>
public sealed class CheckpointIdentity
{
    private readonly string? _text;

    /// <summary>Takes what the user or the pipeline gave. Called by PowerShell's own conversion.</summary>
    /// <param name="value">Text, or a <see cref="Checkpoint"/>.</param>
    public CheckpointIdentity(object value)
    {
        Given = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        _text = Given switch
        {
            string text => text,
            Checkpoint checkpoint => checkpoint.Id,
            PSObject custom => (custom.Properties["CheckpointId"] ?? (IsCheckpoint(custom) ? custom.Properties["Id"] : null))?.Value?.ToString(),
            _ => null,
        };
    }

    /// <summary>The checkpoint that was given where a task is asked for: itself, or what a job, another session or a file made of it. Null when something else was given.</summary>
    public static CheckpointIdentity? GivenAs(TaskIdentity? task) => task?.Given switch
    {
        Checkpoint checkpoint => new CheckpointIdentity(checkpoint),
        PSObject custom when IsCheckpoint(custom) => new CheckpointIdentity(custom),
        _ => null,
    };

    /// <summary>What was given.</summary>
    public object Given { get; }

    /// <summary>The checkpoint's id.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: what was given names no checkpoint.</exception>
    public string Require() => _text ?? throw new OpenCodeException(
        OpenCodeError.InvalidArgument, $"An object of type '{Given.GetType().Name}' names no checkpoint. Give a checkpoint or its id.", Given.ToString());

    private static bool IsCheckpoint(PSObject custom) => custom.TypeNames.Contains("Deserialized.OpenCode.Checkpoint");

    /// <inheritdoc />
    public override string ToString() => _text ?? Given.ToString() ?? "";
}
