using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Sessions;
using OpenCode.Hooks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Takes hooks of this session out again.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "OcHook", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
[Alias("uroch")]
public sealed class UnregisterOcHookCommand : OpenCodeCmdlet
{
    private string? _current;

    /// <summary>The hooks: ids, unique prefixes of ids, names, or hooks themselves; may have wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(HookCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <inheritdoc />
    private protected override object? Subject => _current;

    /// <inheritdoc />
    private protected override void Process()
    {
        var table = StoreSession.Current.Hooks;
        foreach (var wanted in Id)
        {
            _current = wanted;
            try
            {
                Remove(table, wanted);
            }
            catch (OpenCodeException e)
            {
                // One name that is wrong does not keep the others from being taken out.
                WriteFailure(wanted.StartsWith("hook_configured_", StringComparison.Ordinal)
                    ? new OpenCodeException(OpenCodeError.NotSupported, $"The hook '{wanted}' is the configuration's. Take it out of the file that Get-OcHook {wanted} names as its source.", wanted)
                    : e);
            }
        }
    }

    private void Remove(HookTable table, string wanted)
    {
        Hook[] hooks = [.. table.Entries.Select(static entry => entry.Hook)];
        foreach (var hook in SessionHooks.Named(hooks, wanted))
        {
            if (Approved($"Take the hook '{hook.Name}' at {hook.Event} out"))
            {
                table.Remove(hook.Id);
            }
        }
    }
}
