using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace OpenCode.Bench.Rows;

/// <summary>A process that hosts the engine, imports one module for the first time, and says how long that took.</summary>
internal static class ImportHost
{
    public const string Verb = "--import";

    public static int Run(string manifest)
    {
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        // The engine's own first command costs the engine's start, which is not the module's.
        shell.AddScript("Get-Module").Invoke();
        shell.Commands.Clear();
        shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", "Stop");
        var started = Stopwatch.GetTimestamp();
        shell.Invoke();
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Console.WriteLine(took.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
