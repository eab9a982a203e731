using System.Management.Automation;
using OpenCode.Registry;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Completion;

/// <summary>Presses Tab.</summary>
internal static class Tabs
{
    /// <summary>What is offered at the end of a line.</summary>
    public static IReadOnlyList<CompletionResult> Tab(this ModuleShell shell, string line)
    {
        using var engine = shell.Start("");
        engine.Commands.Clear();
        return CommandCompletion.CompleteInput(line, line.Length, null, engine).CompletionMatches;
    }

    /// <summary>What would stand on the line.</summary>
    public static string[] TabTexts(this ModuleShell shell, string line) => [.. shell.Tab(line).Select(static offered => offered.CompletionText)];

    /// <summary>Has every task in the full-text index, as a search leaves it.</summary>
    public static void Index(this ModuleShell shell)
    {
        SearchAsync().GetAwaiter().GetResult();

        async Task SearchAsync()
        {
            await using var store = await OpenCodeRuntime.OpenAsync(new OpenCode.Configuration.OpenCodeConfiguration { DataRoot = shell.Folder }, CancellationToken.None);
            await store.Registry.SearchAsync(SearchText.Parse("x"), new TaskQuery(), CancellationToken.None).CountAsync(CancellationToken.None);
        }
    }

    /// <summary>Does something while a folder is the configured data root.</summary>
    public static void In(this ModuleShell shell, string folder, Action deed)
    {
        var before = Environment.GetEnvironmentVariable("OPENCODE_DATA");
        Environment.SetEnvironmentVariable("OPENCODE_DATA", folder);
        try
        {
            deed();
        }
        finally
        {
            Environment.SetEnvironmentVariable("OPENCODE_DATA", before);
        }
    }
}
