using System.Reflection;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>Where this build's sources are.</summary>
internal static class Repository
{
    /// <summary>The root folder, without a separator at its end.</summary>
    public static string Root { get; } = Path.TrimEndingDirectorySeparator(Metadata("RepositoryRoot"));

    /// <summary>The changelog's newest section, without its heading, and the version the heading names.</summary>
    public static (string Version, string Notes) ChangeLogHead()
    {
        var sections = File.ReadAllText(Path.Combine(Root, "CHANGELOG.md")).Split("\n## ");
        var (heading, notes) = sections[1].Split('\n', 2) is [var first, var rest] ? (first, rest) : throw new InvalidDataException("The changelog's head has no lines.");
        return (heading.Split(' ')[0].Trim(), notes.Trim());
    }

    /// <summary>What the build has written down under a name.</summary>
    public static string Metadata(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == key).Value!;
}
