using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Lists the checkpoints of a task, oldest first. A damaged one is an error that names it; the others are listed.</summary>
[Cmdlet(VerbsCommon.Get, "OcCheckpoint")]
[OutputType(typeof(Checkpoint))]
[Alias("gocc")]
public sealed class GetOcCheckpointCommand : TaskCmdlet
{
    /// <summary>Only checkpoints whose id matches; may have wildcards.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNull]
    [ConvertTo(typeof(CheckpointIdentity))]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    public CheckpointIdentity? Checkpoint { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Checkpoint);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Checkpoint = new CheckpointIdentity(given);

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, wanted) = (Task.Require(), Checkpoint?.Require());
        var damaged = new List<OpenCodeException>();
        var found = Await((runtime, token) => runtime.Checkpoints.ListAsync(task, damaged.Add, token));
        damaged.ForEach(WriteFailure);
        var pattern = wanted is null ? null : WildcardPattern.Get(wanted, WildcardOptions.None);
        Checkpoint[] matching = [.. found.Where(checkpoint => pattern is null || pattern.IsMatch(checkpoint.Id))];
        if (matching.Length == 0 && wanted is not null && !WildcardPattern.ContainsWildcardCharacters(wanted))
        {
            throw new OpenCodeException(OpenCodeError.CheckpointNotFound, $"The task '{task}' has no checkpoint '{wanted}'. Get-OcCheckpoint {task} lists what there is.", wanted);
        }

        WriteEach(matching);
    }
}
