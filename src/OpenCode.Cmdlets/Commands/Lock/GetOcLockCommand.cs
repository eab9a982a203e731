using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Locks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows the locks that are held now, in order of their resources; agents' leases on tasks among them.</summary>
[Cmdlet(VerbsCommon.Get, "OcLock")]
[OutputType(typeof(Lease))]
[Alias("gocl")]
public sealed class GetOcLockCommand : OpenCodeCmdlet
{
    /// <summary>Resources, or patterns with wildcards. One that nobody holds gives nothing: being free is no error. Case counts, as in all names of resources.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Resource { get; set; } = ["*"];

    /// <summary>Only locks of this owner.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HolderCompleter))]
    public string? Owner { get; set; }

    /// <inheritdoc />
    private protected override void Process()
    {
        // Looked at once, so that a lock that several patterns match comes once.
        WildcardPattern[] patterns = [.. Resource.Where(WildcardPattern.ContainsWildcardCharacters).Select(static text => WildcardPattern.Get(text, WildcardOptions.None))];
        HashSet<string> names = [.. Resource.Where(static text => !WildcardPattern.ContainsWildcardCharacters(text)).Select(WildcardPattern.Unescape)];
        var query = new LockQuery { Resource = patterns.Length == 0 && names.Count == 1 ? Literal(names.First()) : null, Owner = Owner };
        WriteEach(Await((runtime, token) => runtime.Locks.ListAsync(query, token)).Where(lease => names.Contains(lease.Resource) || patterns.Any(pattern => pattern.IsMatch(lease.Resource))));
    }

    // The store's patterns have no escape but sets of one.
    private static string Literal(string name) => string.Concat(name.Select(static c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString()));
}
