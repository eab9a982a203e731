using System.Diagnostics;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.StoreWorker;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>A real process of tests/StoreWorker, killed at the latest when the test is over.</summary>
internal sealed class Worker : IAsyncDisposable
{
    /// <summary>The longest any worker may take; a limit against hanging, not a measure.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Task<string> _errors;

    private Worker(Process process)
    {
        Process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    public static Worker Start(params string[] arguments) => StartProgram(typeof(Life).Assembly.Location, arguments);

    /// <summary>Another program than the store's worker.</summary>
    public static Worker StartProgram(string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Surroundings.PutInto(start.Environment);
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new Worker(Process.Start(start)!);
    }

    public async Task<string?> ReadLineAsync(CancellationToken token) => await Process.StandardOutput.ReadLineAsync(token).AsTask().WaitAsync(Patience, token);

    /// <summary>Everything it still prints, and its exit code.</summary>
    public async Task<(string Output, string Errors, int ExitCode)> EndAsync(CancellationToken token)
    {
        var output = await Process.StandardOutput.ReadToEndAsync(token).WaitAsync(Patience, token);
        await Process.WaitForExitAsync(token).WaitAsync(Patience, token);
        return (output, await _errors, Process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            await Process.WaitForExitAsync();
        }

        Process.Dispose();
    }
}
