using System.Runtime.CompilerServices;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>
/// The environment as it was before any test. Tests of the hosting collection change this process's own for a time; what other tests start or open meanwhile takes the
/// names they change from here.
/// </summary>
internal static class Surroundings
{
    private static readonly Dictionary<string, string?> Before = [];

    /// <summary>The names that tests may change.</summary>
    public static IReadOnlyList<string> Names { get; } = ["OPENCODE_DATA", "OPENCODE_DOCKER_IMAGE", "OPENCODE_DOCKER_SOCKET", "DOCKER_HOST"];

    /// <summary>The engine that the environment names; null when it names none.</summary>
    public static string? Engine => new[] { Of("OPENCODE_DOCKER_SOCKET"), Of("DOCKER_HOST") }.FirstOrDefault(static one => one is { Length: > 0 });

    /// <summary>What a name was.</summary>
    public static string? Of(string name) => Names.Contains(name) ? Before[name] : Environment.GetEnvironmentVariable(name);

    /// <summary>Gives a process that is to be started what it would have had.</summary>
    public static void PutInto(IDictionary<string, string?> environment)
    {
        foreach (var (name, value) in Before)
        {
            if (value is null)
            {
                environment.Remove(name);
            }
            else
            {
                environment[name] = value;
            }
        }
    }

#pragma warning disable CA2255 // It is a program's assembly in all but name: nothing of it runs before.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Note()
    {
        foreach (var name in Names)
        {
            Before[name] = Environment.GetEnvironmentVariable(name);
        }
    }
}
