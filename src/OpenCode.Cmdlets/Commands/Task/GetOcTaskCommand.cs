using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Registry;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Reads tasks: all, by id or prefix, by pattern, or by what they are.</summary>
[Cmdlet(VerbsCommon.Get, "OcTask", SupportsPaging = true)]
[OutputType(typeof(AgentTask))]
[Alias("goct")]
public sealed class GetOcTaskCommand : OpenCodeCmdlet
{
    private TaskIdentity? _current;

    /// <summary>Ids, unique prefixes of ids, or patterns with wildcards. A text without wildcards that names no task is an error.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Task")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity[] Id { get; set; } = [];

    /// <summary>Only tasks with any of these statuses.</summary>
    [Parameter]
    public AgentTaskStatus[] Status { get; set; } = [];

    /// <summary>Only tasks of this owner.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string? Owner { get; set; }

    /// <summary>Only tasks with this agent attached.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>Only tasks that can be started now: Pending, and everything they depend on is Completed. By priority, higher first; then oldest first.</summary>
    [Parameter]
    public SwitchParameter Ready { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => _current?.Given;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (Id.Length == 0 && !MyInvocation.BoundParameters.ContainsKey(nameof(Id)))
        {
            WriteMatching(null);
        }

        foreach (var identity in Id)
        {
            _current = identity;
            if (WildcardPattern.ContainsWildcardCharacters(identity.ToString()))
            {
                WriteMatching(identity.Require());
            }
            else
            {
                WriteNamed(identity);
            }
        }
    }

    private void WriteNamed(TaskIdentity identity)
    {
        try
        {
            var id = identity.Require();
            var task = Await((runtime, token) => runtime.Tasks.GetAsync(id, token).AsTask());
            if ((Status.Length == 0 || Status.Contains(task.Status)) && (Owner is null || Owner == task.Owner) && (Agent is null || task.Agents.Contains(Agent)) && (!Ready || task.Ready))
            {
                Write(task);
            }
        }
        catch (OpenCodeException e)
        {
            // One name that is wrong does not keep the others from being looked up.
            WriteFailure(e);
        }
    }

    private void WriteMatching(string? pattern)
    {
        var query = new TaskQuery
        {
            IdPattern = pattern,
            Statuses = Status,
            Owner = Owner,
            Agent = Agent,
            Ready = Ready,
            Skip = Bounded(PagingParameters.Skip),
            First = PagingParameters.First == ulong.MaxValue ? null : Bounded(PagingParameters.First),
        };

        if (PagingParameters.IncludeTotalCount)
        {
            var counted = Await((runtime, token) => runtime.Tasks.ListAsync(query with { Skip = 0, First = 1 }, token).AsTask());
            Write(PagingParameters.NewTotalCount((ulong)counted.Total, 1.0));
        }

        if (query.First != 0)
        {
            Stream((runtime, token) => runtime.Tasks.StreamAsync(query, token));
        }
    }

    private static int Bounded(ulong count) => (int)Math.Min(count, int.MaxValue);
}
