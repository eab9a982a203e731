using OpenCode.Sandboxes.Docker;
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

    public static DockerSandboxHost Host() => new(Endpoint, TimeProvider.System);

    /// <summary>Skips the test where no engine answers, and fails it where one is required (OPENCODE_TEST_REQUIRE names docker).</summary>
    public static async Task RequireAsync()
    {
        if (await Missing.Value is { } reason)
        {
            Absent(reason);
        }
    }

    /// <summary>The test cannot have what it needs.</summary>
    public static void Absent(string reason)
    {
        Assert.False((Environment.GetEnvironmentVariable("OPENCODE_TEST_REQUIRE") ?? "").Contains("docker", StringComparison.OrdinalIgnoreCase), $"docker is required here: {reason}");
        Assert.Skip(reason);
    }
}
