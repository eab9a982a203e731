using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Creates tasks.</summary>
/// <remarks>
/// Names from the pipeline are created in batches, each in one transaction. The batches begin with one and double, so that
/// the first task is there at once, and no more are created than were wanted when the pipeline ends early. Objects that bring
/// what they depend on are a plan: from the first of them on, they are created together at the end, in whatever order they
/// came, all or none.
/// </remarks>
[Cmdlet(VerbsCommon.New, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[Alias("noct")]
public sealed class NewOcTaskCommand : OpenCodeCmdlet
{
    private const int LargestBatch = 500;

    // Whoever types names or has them trickle in does not wait for a batch to fill.
    private const long LongestWait = 100;

    private readonly List<NewTask> _batch = [];
    private readonly CountProgress _progress = new("Creating tasks");
    private long _created;
    private int _batchSize = 1;
    private long _batchBegan;
    private bool _plan;
    private bool _sameForAll;

    /// <summary>The name, 1 to 255 characters.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Name { get; set; } = "";

    /// <summary>The id; left out, one is made.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId")]
    public string? Id { get; set; }

    /// <summary>What the task is about.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Description { get; set; }

    /// <summary>Whom it belongs to; <c>system</c> when left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string? Owner { get; set; }

    /// <summary>How many agents may work on it at a time.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public AgentTaskMode Mode { get; set; }

    /// <summary>Higher goes first; 0 when left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int Priority { get; set; }

    /// <summary>Your own data: a hashtable, an object, or the JSON text of an object.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MetadataCompleter))]
    public object? Metadata { get; set; }

    /// <summary>The tasks that have to be Completed before this one can start: ids, unique prefixes of ids, tasks, or ids of tasks that come through the same pipeline.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity[]? DependsOn { get; set; }

    /// <summary>The container image of its sandbox; left out, the configured one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ImageCompleter))]
    public string? Image { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Id ?? Name;

    /// <inheritdoc />
    private protected override void Begin()
    {
        _sameForAll = MyInvocation.BoundParameters.ContainsKey(nameof(DependsOn));
        if (_sameForAll && (DependsOn is null || DependsOn.Any(on => on is null or { Given: "" })))
        {
            Refuse("-DependsOn was given, but no task: a variable may be empty. Give tasks or their ids, or leave it out.");
        }
    }

    /// <inheritdoc />
    private protected override void Process()
    {
        // A property that is empty, as a cell of a table may be, names nothing.
        string[] dependsOn = [.. (DependsOn ?? []).Where(on => _sameForAll || on is { Given: not "" }).Select(on => on.Require())];
        _plan |= dependsOn.Length > 0 && !_sameForAll;
        var request = new NewTask
        {
            Name = Name,
            Id = Id,
            Description = Description,
            Owner = Owner,
            Mode = Mode,
            Priority = Priority,
            Metadata = ScriptJson.Map(Metadata, nameof(Metadata)),
            DependsOn = dependsOn,
            Image = Image,
        };
        if (!Approved(Id is null ? $"Create the task '{Name}'" : $"Create the task '{Name}' with the id '{Id}'"))
        {
            return;
        }

        if (_batch.Count == 0)
        {
            _batchBegan = Environment.TickCount64;
        }

        _batch.Add(request);
        if (_plan)
        {
            return;
        }

        if (!MyInvocation.ExpectingInput || _batch.Count >= _batchSize || Environment.TickCount64 - _batchBegan > LongestWait)
        {
            Flush();
            _batchSize = Math.Min(_batchSize * 2, LargestBatch);
        }
    }

    /// <inheritdoc />
    private protected override void End()
    {
        Flush();
        if (_progress.Last() is { } last)
        {
            WriteProgress(last);
        }
    }

    // Nobody knows how many more names will come.
    private void Progress(int more)
    {
        _created += more;
        if (_progress.Next(_created, null) is { } record)
        {
            WriteProgress(record);
        }
    }

    private void Flush()
    {
        NewTask[] requests = [.. _batch];
        _batch.Clear();
        if (requests.Length <= 1)
        {
            CreateEach(requests);
            return;
        }

        IReadOnlyList<AgentTask> created;
        try
        {
            created = Await((runtime, token) => runtime.Tasks.CreateManyAsync(requests, token).AsTask());
        }
        catch (OpenCodeException e) when (!_plan && e.Error is OpenCodeError.TaskExists or OpenCodeError.InvalidArgument or OpenCodeError.LimitExceeded)
        {
            // One of them was refused and with it all. One by one, the others come to be and the error names its own.
            CreateEach(requests);
            return;
        }

        Tell($"Created {created.Count} tasks in one transaction, '{created[0].Id}' to '{created[^1].Id}'.");
        WriteEach(created);
        Progress(created.Count);
    }

    private void CreateEach(IEnumerable<NewTask> requests)
    {
        foreach (var request in requests)
        {
            AgentTask created;
            try
            {
                created = Await((runtime, token) => runtime.Tasks.CreateAsync(request, token).AsTask());
            }
            catch (OpenCodeException e)
            {
                WriteError(ErrorRecords.From(e, request.Id ?? request.Name));
                continue;
            }

            Tell($"Created the task '{created.Id}' (version {created.Version}).");
            Write(created);
            Progress(1);
        }
    }
}
