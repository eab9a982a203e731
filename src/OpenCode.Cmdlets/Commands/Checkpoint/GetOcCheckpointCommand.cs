using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Common;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Lists the checkpoints of a task, oldest first. A damaged one is an error that names it; the others are listed.</summary>
[Cmdlet(VerbsCommon.Get, "OcCheckpoint")]
[OutputType(typeof(Checkpoint))]
[Alias("gocc")]
public sealed class GetOcCheckpointCommand : TaskCmdlet
{
    /// <summary>Only the checkpoint with this id, or a unique beginning of it, or those that match a pattern with wildcards.</summary>
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
        if (wanted is not null)
        {
            found = Matching(found, task, wanted);
        }

        WriteEach(found);
    }

    private static IReadOnlyList<Checkpoint> Matching(IReadOnlyList<Checkpoint> found, string task, string wanted)
    {
        if (WildcardPattern.ContainsWildcardCharacters(wanted))
        {
            var pattern = WildcardPattern.Get(wanted, WildcardOptions.None);
            return [.. found.Where(checkpoint => pattern.IsMatch(checkpoint.Id))];
        }

        var prefix = Input.Id(wanted, "checkpoint id");
        Checkpoint[] beginning = [.. found.Where(checkpoint => checkpoint.Id.StartsWith(prefix, StringComparison.Ordinal))];
        return beginning switch
        {
            [var one] => [one],
            [] => throw new OpenCodeException(OpenCodeError.CheckpointNotFound, $"The task '{task}' has no checkpoint '{wanted}'. Get-OcCheckpoint {task} lists what there is.", wanted),
            _ => throw Ids.Ambiguous(wanted, "checkpoint id", [.. beginning.Select(static checkpoint => checkpoint.Id)]),
        };
    }
}
