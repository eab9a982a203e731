using System.Diagnostics;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>An engine of a test's own, so that it may be stopped, killed and started again. What it has outlives its stop; it all goes when it is disposed.</summary>
internal sealed class OwnEngine : IAsyncDisposable
{
    private readonly string _folder = $"/tmp/oc-stop-{Guid.NewGuid().ToString("N")[..8]}";

    public DockerEndpoint Endpoint { get; private set; } = null!;

    public string Socket => Endpoint.Address!.LocalPath;

    /// <summary>Starts it, also again. Where there cannot be a second engine the test is skipped, or fails where engines are required.</summary>
    public async ValueTask StartAsync()
    {
        // The same conditions as for every other engine: without the first one there is no machine for a second one.
        await DockerEngine.RequireAsync();
        var (code, text) = await ServiceAsync("start");
        if (code != 0)
        {
            DockerEngine.Absent($"a second engine cannot be started: {text}");
        }

        Endpoint = DockerEndpoint.Resolve(text.Trim().Split('=', 2)[1]);
    }

    public async Task StopAsync()
    {
        var (code, text) = await ServiceAsync("stop");
        Assert.True(code == 0, text);
    }

    /// <summary>Sends a signal to the engine itself; what it has started lives on.</summary>
    public async Task SignalAsync(string signal)
    {
        var pid = (await File.ReadAllTextAsync(Path.Combine(_folder, "dockerd.pid"))).Trim();
        using var kill = Process.Start("kill", [$"-{signal}", pid]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            await ServiceAsync("stop");
            Directory.Delete(_folder, true);
        }
    }

    private async Task<(int Code, string Text)> ServiceAsync(string what)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "eng", "docker-service.sh")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("eng/docker-service.sh is not above the tests");
        }

        using var process = Process.Start(new ProcessStartInfo("bash", [Path.Combine(folder.FullName, "eng", "docker-service.sh"), what, _folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? await text : await errors);
    }
}
