using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Tells whether one container can stand for another: everything that the engine would be asked for, but for whose it is.</summary>
internal static class ContainerImprint
{
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    public static async Task<SandboxImprint> OfAsync(EngineConnection engine, SandboxSpecification specification, CancellationToken cancellationToken)
    {
        var information = await engine.InformationAsync(cancellationToken).ConfigureAwait(false);
        if (Problem(information) is { } problem)
        {
            return new SandboxImprint(null, problem);
        }

        try
        {
            var image = await engine.CallAsync("inspect an image", LookLimit, (client, token) => client.Images.InspectImageAsync(specification.Image, token), cancellationToken).ConfigureAwait(false);
            var runner = await RunnerMount.SourceAsync(engine, specification, cancellationToken).ConfigureAwait(false);
            return new SandboxImprint(Digest(specification, information, image.ID, runner), null);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return new SandboxImprint(null, null);
        }
    }

    /// <summary>The prepared folder gets another name while the container has it. Only where container and folder are of one kernel does the container keep it then.</summary>
    private static string? Problem(SystemInfoResponse information) =>
        !OperatingSystem.IsLinux() ? "A pool needs Linux: elsewhere a container would lose its folder when that becomes the task's."
        : information.OperatingSystem?.Contains("Docker Desktop", StringComparison.OrdinalIgnoreCase) is true ? "A pool needs an engine on this very system: Docker Desktop shares folders with a virtual machine, and a container would lose its folder when that becomes the task's."
        : null;

    private static string Digest(SandboxSpecification specification, SystemInfoResponse information, string imageId, string? runner)
    {
        // The engine by its machine and its folder: some make up an id whenever they are asked. The rest from the blueprint itself, so that nothing that will be asked for one day is forgotten here.
        var asked = SandboxBlueprint.For(specification with { ContainerName = "", Workspace = "" }, SandboxUser.Number(), runner);
        asked.Labels = new Dictionary<string, string>();
        asked.Image = imageId;
        var text = JsonSerializer.Serialize(asked);
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{information.Name}\n{information.DockerRootDir}\n{specification.Network}\n{text}")));
    }
}
