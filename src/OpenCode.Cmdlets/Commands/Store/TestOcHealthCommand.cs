using System.Management.Automation;
using OpenCode.Cmdlets.Sessions;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Looks whether the store is well. Each probe gives one object; a store that cannot be opened is one of them, and no error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OcHealth")]
[OutputType(typeof(HealthProbe))]
public sealed class TestOcHealthCommand : OpenCodeCmdlet
{
    /// <summary>Only probes whose name matches; may have wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc />
    private protected override void Process()
    {
        WildcardPattern[] patterns = [.. Name.Select(static name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase))];
        var session = StoreSession.Current;
        var request = DefaultRequest();
        var names = AwaitDetached(async (feed, token) =>
        {
            var use = await OpenAsync().ConfigureAwait(false);
            try
            {
                var check = use.Handle?.Runtime.Health ?? OpenCodeRuntime.HealthWithoutStore(request.Load(null), use.Reason!);
                await foreach (var probe in check.RunAsync(name => Array.Exists(patterns, pattern => pattern.IsMatch(name)), token).ConfigureAwait(false))
                {
                    await feed.OutputAsync(probe).ConfigureAwait(false);
                }

                return check.Names;
            }
            finally
            {
                if (use.Handle is not null)
                {
                    await use.Handle.DisposeAsync().ConfigureAwait(false);
                }
            }

            async Task<(RuntimeHandle? Handle, OpenCodeException? Reason)> OpenAsync()
            {
                try
                {
                    return (await session.UseAsync(request, feed, token).ConfigureAwait(false), null);
                }
                catch (OpenCodeException e) when (e.Error is not OpenCodeError.InvalidArgument)
                {
                    return (null, e);
                }
            }
        });
        foreach (var name in Name.Where(name => !WildcardPattern.ContainsWildcardCharacters(name) && !names.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            WriteFailure(new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no probe '{name}'. There are {string.Join(", ", names)}.", name));
        }
    }
}
