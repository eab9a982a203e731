using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenCode.Sandboxes.Docker;
using OpenCode.Sandboxes.Docker.Runners;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>The engine that tests use: whatever a user's own settings lead to.</summary>
public static class DockerEngine
{
    public static string Image { get; } = Environment.GetEnvironmentVariable("OPENCODE_TEST_IMAGE") is { Length: > 0 } image ? image : "opencode-test:busybox";

    public static DockerEndpoint Endpoint { get; } = DockerEndpoint.Resolve(null, Surroundings.Of, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), OperatingSystem.IsWindows());

    private static readonly Lazy<Task<string?>> Missing = new(async () =>
    {
        try
        {
            await using var host = Host();
            await host.PingAsync(CancellationToken.None);
            return null;
        }
        catch (OpenCodeException e)
        {
            return e.Message;
        }
    });

    private static readonly Lazy<Task<bool>> Podman = new(async () =>
        (await Sandbox.CurlAsync("GET", "/version"))["Components"]?.AsArray().Any(static part => ((string?)part!["Name"])?.StartsWith("Podman", StringComparison.Ordinal) is true) is true);

    public static DockerSandboxHost Host() => new(Endpoint, TimeProvider.System);

    /// <summary>Skips the test where no engine answers, and fails it where one is required (OPENCODE_TEST_REQUIRE names docker).</summary>
    public static async Task RequireAsync()
    {
        if (await Missing.Value is { } reason)
        {
            Absent(reason);
        }
    }

    /// <summary>Whether the engine is Podman's service, which answers as Docker's engine does as far as it goes.</summary>
    public static Task<bool> IsPodmanAsync() => Podman.Value;

    /// <summary>Skips a test of what Podman is known not to have (docs/podman.md).</summary>
    /// <param name="what">What that is.</param>
    public static async Task NotOnPodmanAsync(string what)
    {
        await RequireAsync();
        if (await IsPodmanAsync())
        {
            Assert.Skip($"Podman: {what}");
        }
    }

    /// <summary>Skips a test of what is reached of this machine, where the engine has a network namespace of its own: no address of this machine is on its networks.</summary>
    public static async Task InThisNetworkAsync()
    {
        await RequireAsync();
        if (OperatingSystem.IsLinux() && Endpoint.Address is { Scheme: "unix" } address && Network($"{Process(address.LocalPath)}") is { } network && network != Network("self"))
        {
            Assert.Skip($"the engine has a network of its own ({network}), on which this machine has no address");
        }
    }

    private static string? Network(string process) => new FileInfo($"/proc/{process}/ns/net").LinkTarget;

    // Who listens there (unix(7), SO_PEERCRED).
    private static int Process(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        Span<int> credentials = stackalloc int[3];
        socket.GetRawSocketOption(1, 17, MemoryMarshal.AsBytes(credentials));
        return credentials[0];
    }

    /// <summary>Skips the test where the runner was not built, and fails it where one is required (OPENCODE_TEST_REQUIRE names runner).</summary>
    public static void RequireRunner()
    {
        if (RunnerProgram.Of(RuntimeInformation.OSArchitecture is Architecture.Arm64 ? "aarch64" : "x86_64") is null || !OperatingSystem.IsLinux())
        {
            Assert.False((Environment.GetEnvironmentVariable("OPENCODE_TEST_REQUIRE") ?? "").Contains("runner", StringComparison.OrdinalIgnoreCase), "the runner is required here, and was not built");
            Assert.Skip("the runner was not built: there was no C compiler that makes static programs");
        }
    }

    /// <summary>The test cannot have what it needs.</summary>
    public static void Absent(string reason)
    {
        Assert.False((Environment.GetEnvironmentVariable("OPENCODE_TEST_REQUIRE") ?? "").Contains("docker", StringComparison.OrdinalIgnoreCase), $"docker is required here: {reason}");
        Assert.Skip(reason);
    }
}
