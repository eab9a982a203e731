using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows which agents are attached to which tasks now.</summary>
[Cmdlet(VerbsCommon.Get, "OcAgent")]
[OutputType(typeof(TaskAgent))]
[Alias("goca")]
public sealed class GetOcAgentCommand : OpenCodeCmdlet
{
    /// <summary>Agents, or patterns with wildcards. A name without wildcards that is attached to nothing is an error. Case counts, as in all agents' names.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string[]? Agent { get; set; }

    /// <summary>Only agents of this task: its id, a unique prefix of the id, or the task itself.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity? Task { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Task?.Given;

    /// <inheritdoc />
    private protected override void Process()
    {
        var task = Task?.Require();
        if (Agent is null)
        {
            Stream((runtime, token) => runtime.Tasks.AgentsAsync(null, task, token));
        }

        foreach (var agent in Agent ?? [])
        {
            try
            {
                WriteAgent(agent, task);
            }
            catch (OpenCodeException e)
            {
                // One name that is wrong does not keep the others from being looked up.
                WriteError(ErrorRecords.From(e, agent));
            }
        }
    }

    private void WriteAgent(string agent, string? task)
    {
        if (WildcardPattern.ContainsWildcardCharacters(agent))
        {
            var pattern = WildcardPattern.Get(agent, WildcardOptions.None);
            Stream((runtime, token) => runtime.Tasks.AgentsAsync(null, task, token).Where(attached => pattern.IsMatch(attached.AgentId)));
            return;
        }

        var name = WildcardPattern.Unescape(agent);
        var any = false;
        Stream((runtime, token) => runtime.Tasks.AgentsAsync(name, task, token).Select(attached =>
        {
            any = true;
            return attached;
        }));
        if (!any)
        {
            var where = task is null ? "any task" : $"the task '{task}'";
            throw new OpenCodeException(OpenCodeError.AgentNotAttached, $"The agent '{name}' is not attached to {where} now. Get-OcAgent lists who is.", name);
        }
    }
}
