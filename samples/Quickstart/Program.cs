using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using OpenCode.Samples.Quickstart;

// Hosts the PowerShell engine, imports the built module as a user would, and runs quickstart.ps1.
var metadata = typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(entry => entry.Key, entry => entry.Value!);

var state = InitialSessionState.CreateDefault2();
if (OperatingSystem.IsWindows())
{
    // As `pwsh -ExecutionPolicy Bypass`: a program that hosts the engine begins with the strictest policy.
    state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
}

using var runspace = RunspaceFactory.CreateRunspace(new QuickstartHost(), state);
runspace.Open();

using var shell = PowerShell.Create(runspace);
shell.AddCommand("Import-Module").AddParameter("Name", metadata["ModuleManifest"]).AddParameter("ErrorAction", ActionPreference.Stop);
shell.AddStatement().AddCommand(metadata["Script"]);

using var output = new PSDataCollection<PSObject>();
output.DataAdded += (_, added) => Console.WriteLine(output[added.Index]);
shell.Streams.Warning.DataAdded += (_, added) => Console.WriteLine($"warning: {shell.Streams.Warning[added.Index]}");
shell.Streams.Error.DataAdded += (_, added) => Console.Error.WriteLine($"error: {shell.Streams.Error[added.Index]}");

Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    shell.BeginStop(null, null);
};

try
{
    await shell.InvokeAsync<PSObject, PSObject>(null, output).ConfigureAwait(false);
    // Not HadErrors, which also counts what the script caught.
    return shell.Streams.Error.Count == 0 ? 0 : 1;
}
catch (RuntimeException e)
{
    await Console.Error.WriteLineAsync($"error: {e.ErrorRecord.FullyQualifiedErrorId}: {e.Message}").ConfigureAwait(false);
    await Console.Error.WriteLineAsync(e.ErrorRecord.ScriptStackTrace).ConfigureAwait(false);
    return 1;
}
