using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Writes down what an agent decided, and why.</summary>
[Cmdlet(VerbsCommon.Add, "OcTaskDecision", SupportsShouldProcess = true)]
[OutputType(typeof(Decision))]
[Alias("aoctd")]
public sealed class AddOcTaskDecisionCommand : TaskCmdlet
{
    /// <summary>What was decided.</summary>
    [Parameter(Position = 1)]
    [Alias("Text")]
    public string? Decision { get; set; }

    /// <summary>Who decided.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string Agent { get; set; } = "";

    /// <summary>Why.</summary>
    [Parameter]
    public string? Reasoning { get; set; }

    /// <summary>Your own data: a hashtable, an object, or the JSON text of an object.</summary>
    [Parameter]
    public object? Metadata { get; set; }

    /// <summary>The fence of the agent's lease; nothing is written when it is no longer the present one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long? Fence { get; set; }

    /// <summary>Writes the decision.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Decision);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Decision = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        if (Decision is null)
        {
            Refuse("No decision was given. Give -Decision.");
        }

        var task = Task.Require();
        var decision = new NewDecision(Agent, Decision!) { Reasoning = Reasoning, Metadata = ScriptJson.Map(Metadata, nameof(Metadata)) };
        if (Approved($"Write down a decision of the agent '{Agent}' in the task '{task}'"))
        {
            var written = Await((runtime, token) => runtime.Memory.DecideAsync(task, decision, Fence, token));
            Tell($"Wrote down a decision in the task '{task}' in the name of '{written.AgentId}'.");
            if (PassThru)
            {
                Write(written);
            }
        }
    }
}
