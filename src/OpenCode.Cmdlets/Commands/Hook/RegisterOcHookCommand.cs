using System.Management.Automation;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Cmdlets.Sessions;
using OpenCode.Hooks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Registers a script block that runs at a moment of every task's life, in changes made by this session.</summary>
[Cmdlet(VerbsLifecycle.Register, "OcHook", SupportsShouldProcess = true)]
[OutputType(typeof(Hook))]
[Alias("rgoch")]
public sealed class RegisterOcHookCommand : OpenCodeCmdlet
{
    private const double LongestTimeout = 60 * 60;

    /// <summary>When it runs; several register it once for each.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public HookEvent[] Event { get; set; } = [];

    /// <summary>What runs. It is given the event: <c>param($e)</c>.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>Lower runs first; 10 when left out.</summary>
    [Parameter]
    public int Priority { get; set; } = 10;

    /// <summary>Its name in logs and errors; its id when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateLength(1, 128)]
    public string? Name { get; set; }

    /// <summary>What it throws, and its coming to its time limit, keeps the change from being made. For Before events only.</summary>
    [Parameter]
    public SwitchParameter Blocking { get; set; }

    /// <summary>How many seconds it may run; 30 when left out.</summary>
    [Parameter]
    [ValidateRange(0.001, LongestTimeout)]
    public double TimeoutSeconds { get; set; } = 30;

    /// <inheritdoc />
    private protected override object? Subject => Name;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (Blocking && Event.FirstOrDefault(e => !HookTable.IsBefore(e), (HookEvent)(-1)) is >= 0 and var after)
        {
            Refuse($"A hook cannot be blocking at {after}: the change is made by then. Register it at a Before event, or without -Blocking.");
        }

        var text = ScriptBlock.ToString().Trim();
        foreach (var moment in Event)
        {
            var id = StoreSession.NewHookId();
            var hook = new Hook
            {
                Id = id,
                Name = Name ?? id,
                Event = moment,
                Priority = Priority,
                Blocking = Blocking,
                Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
                Kind = HookKind.Script,
                Source = "session",
                Action = text,
            };
            if (Approved($"Run a script block {(Blocking ? "that can veto " : "")}at every {moment} of this session"))
            {
                StoreSession.Current.Hooks.Add(new HookEntry(hook, new ScriptHook(ScriptBlock)));
                Write(hook);
            }
        }
    }
}
