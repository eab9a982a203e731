using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace OpenCode.Cmdlets.Identities;

/// <summary>Whatever names a task: an id, a prefix of one, a task, or an object that belongs to a task.</summary>
public sealed class TaskIdentity
{
    private const string LeasePrefix = "task:";

    private readonly string? _text;

    /// <summary>Takes what the user or the pipeline gave. Called by PowerShell's own conversion.</summary>
    /// <param name="value">Text, an <see cref="AgentTask"/>, a <see cref="Checkpoint"/>, <see cref="Execution"/>, <see cref="TaskState"/>, <see cref="TaskAgent"/>, <see cref="TaskSandbox"/>, <see cref="TaskClaim"/> or <see cref="Lease"/>, or an object with a property TaskId, Task or Id.</param>
    public TaskIdentity(object value)
    {
        Given = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        _text = TextOf(Given);
    }

    /// <summary>What was given.</summary>
    public object Given { get; }

    /// <summary>True when what was given can name a task.</summary>
    public bool NamesTask => _text is not null;

    /// <summary>The id or prefix.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: what was given names no task.</exception>
    public string Require() => _text ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, Given switch
    {
        IList => "An array names no task. Give one task, or send them all through the pipeline.",
        PSObject => $"The object '{Given}' names no task: no property TaskId, Task or Id has a value. Give a task, its id, or a prefix of the id.",
        _ => $"An object of type '{Given.GetType().Name}' names no task. Give a task, its id, or a prefix of the id.",
    });

    /// <inheritdoc />
    public override string ToString() => _text ?? Given.ToString() ?? "";

    private static string? OfResource(string? resource) => resource?.StartsWith(LeasePrefix, StringComparison.Ordinal) is true ? resource[LeasePrefix.Length..] : null;

    private static string? TextOf(object? value) => value switch
    {
        null => null,
        string text => text,
        AgentTask task => task.Id,
        Checkpoint checkpoint => checkpoint.TaskId,
        Execution execution => execution.TaskId,
        TaskState state => state.TaskId,
        TaskAgent agent => agent.TaskId,
        TaskSandbox sandbox => sandbox.TaskId,
        TaskClaim claim => claim.TaskId,
        AgentHeartbeat heartbeat => heartbeat.TaskId,
        HookInvocation invocation => invocation.TaskId,
        Lease lease => OfResource(lease.Resource),
        Tasks.RestoreOutcome outcome => outcome.Task.Id,
        Tasks.RepairReport report => report.TaskId,
        PSObject { BaseObject: string text } => text,

        // One from a job, another session or a file has the properties of what it was, and no type of ours.
        PSObject custom => TextOf((custom.Properties["TaskId"] ?? custom.Properties["Task"] ?? custom.Properties["Id"])?.Value) ?? OfResource(custom.Properties["Resource"]?.Value?.ToString()),
        IFormattable number when number.GetType().IsPrimitive => number.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
