using System.Management.Automation;
using System.Management.Automation.Runspaces;

// Imports a module and runs a script, each as a user would: objects go to standard output as text, errors to standard error.
if (args is not [var manifest, var script])
{
    await Console.Error.WriteLineAsync("usage: MANIFEST SCRIPT-TEXT");
    return 2;
}

var state = InitialSessionState.CreateDefault2();
if (OperatingSystem.IsWindows())
{
    state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
}

using var runspace = RunspaceFactory.CreateRunspace(state);
runspace.Open();
using var shell = PowerShell.Create(runspace);
shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", ActionPreference.Stop);
shell.AddStatement().AddScript(script);
try
{
    foreach (var line in await shell.InvokeAsync())
    {
        Console.WriteLine(line);
    }
}
catch (RuntimeException e)
{
    await Console.Error.WriteLineAsync($"{e.ErrorRecord.FullyQualifiedErrorId}: {e.Message}");
    return 1;
}

foreach (var error in shell.Streams.Error)
{
    await Console.Error.WriteLineAsync($"{error.FullyQualifiedErrorId}: {error}");
}

return shell.Streams.Error.Count == 0 ? 0 : 1;
