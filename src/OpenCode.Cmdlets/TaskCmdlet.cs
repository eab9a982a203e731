using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Cmdlets.Pipeline;

namespace OpenCode.Cmdlets;

/// <summary>A cmdlet about one task.</summary>
/// <remarks>
/// The task is position 0. When tasks come through the pipeline, what stands at position 0 cannot be the task, so it is what
/// otherwise stands at position 1: <c>Get-OcTask -Status Running | Add-OcAgent reviewer</c>. PowerShell's binder does not know
/// whether input is coming when it places arguments; hence the second, hidden parameter that takes the input.
/// </remarks>
public abstract class TaskCmdlet : OpenCodeCmdlet
{
    private CountProgress? _progress;
    private int _done;
    private TaskIdentity? _first;
    private bool _secondGiven;

    /// <summary>The task: its id, a unique prefix of the id, or the task itself.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public virtual TaskIdentity Task { get; set; } = null!;

    /// <summary>The object from the pipeline, when an argument at position 0 is there too.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    [ConvertTo(typeof(TaskIdentity))]
    public TaskIdentity? InputObject { get; set; }

    /// <inheritdoc />
    private protected sealed override object? Subject => Task?.Given;

    /// <summary>The parameter at position 1, when there is one.</summary>
    private protected virtual string? Second => null;

    /// <inheritdoc />
    private protected override void Begin()
    {
        _first = MyInvocation.ExpectingInput && MyInvocation.BoundParameters.ContainsKey(nameof(Task)) ? Task : null;
        _secondGiven = Second is not null && MyInvocation.BoundParameters.ContainsKey(Second);
    }

    /// <inheritdoc />
    private protected sealed override void Process()
    {
        if (InputObject is { NamesTask: true })
        {
            ShiftPositions(InputObject);
        }

        if (Activity is not null)
        {
            ShowProgress(Activity);
        }

        ProcessTask();
        _done++;
    }

    /// <inheritdoc />
    private protected override void End()
    {
        if (_progress?.Last() is { } last)
        {
            WriteProgress(last);
        }
    }

    /// <summary>What is shown as going on when many tasks come through the pipeline; null shows nothing.</summary>
    private protected virtual string? Activity => null;

    /// <summary>Does the cmdlet's work on a task.</summary>
    private protected abstract void ProcessTask();

    /// <summary>Takes the argument at position 0 for the parameter at position 1.</summary>
    private protected virtual void TakeSecond(object given)
    {
    }

    // Nobody knows how many more will come.
    private void ShowProgress(string activity)
    {
        if ((_progress ??= new CountProgress(activity)).Next(_done, null) is { } record)
        {
            WriteProgress(record);
        }
    }

    private void ShiftPositions(TaskIdentity input)
    {
        if (_first is null)
        {
            Task = input;
        }
        else if (Second is null || _secondGiven)
        {
            Refuse($"The task '{input}' comes from the pipeline, and '{_first}' is given as well. Give the task once.");
        }
        else if (!MyInvocation.BoundParameters.ContainsKey(Second))
        {
            TakeSecond(_first.Given);
            Task = input;
        }
    }
}
