using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Sessions;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Lists the hooks that take part in changes made by this session, in the order in which they run: those of the configuration, and the session's own.</summary>
[Cmdlet(VerbsCommon.Get, "OcHook")]
[OutputType(typeof(Hook))]
[Alias("goch")]
public sealed class GetOcHookCommand : OpenCodeCmdlet
{
    /// <summary>Only hooks with one of these ids, unique prefixes of ids, or names; may have wildcards. A text without wildcards that is none is an error.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(HookCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = ["*"];

    /// <summary>Only hooks of these events.</summary>
    [Parameter]
    public HookEvent[] Event { get; set; } = [];

    /// <inheritdoc />
    private protected override void Process()
    {
        var hooks = All();
        foreach (var wanted in Id)
        {
            try
            {
                WriteEach(SessionHooks.Named(hooks, wanted).Where(h => Event.Length == 0 || Event.Contains(h.Event)));
            }
            catch (OpenCodeException e)
            {
                // One name that is wrong does not keep the others from being looked up.
                WriteFailure(e);
            }
        }
    }

    private List<Hook> All()
    {
        var session = StoreSession.Current;
        var request = DefaultRequest();
        var configuration = session.Configuration ?? AwaitDetached((feed, _) => System.Threading.Tasks.Task.FromResult(request.Load(feed)));
        return [.. ConfiguredHooks.List(configuration).Concat(session.Hooks.Entries.Select(e => e.Hook)).OrderBy(h => h.Event).ThenBy(h => h.Priority)];
    }
}
