using System.Buffers;

namespace OpenCode.Sandboxes.Copying;

/// <summary>What an entry of an archive may be called and where a link may point, whoever made the archive.</summary>
internal static class ArchiveRules
{
    // Devices of Windows, whatever follows a dot.
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(static n => (string[])[$"COM{n}", $"LPT{n}"])];

    private static readonly SearchValues<char> NotInWindows = SearchValues.Create("<>:\"|?*\\");

    /// <summary>The names an entry's path is made of.</summary>
    /// <param name="path">The path in the archive.</param>
    /// <param name="windows">True where names are held to be Windows' too.</param>
    /// <exception cref="OpenCodeException">AccessDenied: it is absolute, leads upwards, or has a name that is none here.</exception>
    public static string[] Parts(string path, bool windows)
    {
        var parts = path.TrimEnd('/').Split('/');
        foreach (var part in parts)
        {
            if (part is "" or "." or ".." || part.Contains('\0', StringComparison.Ordinal))
            {
                throw Refused(path, "its path is not one below what is copied");
            }

            if (windows && (part.AsSpan().ContainsAny(NotInWindows) || part.Any(char.IsControl) || part.EndsWith('.') || part.EndsWith(' ') || Devices.Contains(part.Split('.')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase)))
            {
                throw Refused(path, "Windows has no such name");
            }
        }

        return parts;
    }

    /// <summary>Whether a link stays within what is copied, whatever the other links there are.</summary>
    /// <remarks>
    /// Steps upwards are allowed at the beginning only. There they go over folders that are real; behind a name they would go up from wherever that name leads, which
    /// may be another link: <c>a/b -> ..</c> and <c>a/c -> b/../../etc</c> are each harmless to look at.
    /// </remarks>
    /// <param name="depth">How many folders of the copy the link lies in, below its top.</param>
    /// <param name="target">Where it points.</param>
    public static bool StaysInside(int depth, string target)
    {
        if (target.Length == 0 || Path.IsPathRooted(target) || target.StartsWith('/') || target.AsSpan().ContainsAny('\\', '\0'))
        {
            return false;
        }

        var parts = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part != ".").ToList();
        var up = parts.TakeWhile(static part => part == "..").Count();
        return up <= depth && !parts.Skip(up).Contains("..");
    }

    public static OpenCodeException Refused(string entry, string why) =>
        new(OpenCodeError.AccessDenied, $"'{entry}' is not copied: {why}. Nothing was copied; take it out, or copy what lies beside it.", entry);
}
