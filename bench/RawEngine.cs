using Docker.DotNet;
using Docker.DotNet.Models;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Bench;

/// <summary>The engine's API with nothing of ours around it: the calls that a sandbox needs at least, for the same container.</summary>
internal sealed class RawEngine(Uri endpoint) : IDisposable
{
    private readonly DockerClient _client = new DockerClientBuilder().WithEndpoint(endpoint).WithApiVersion(new System.Version(1, 41)).Build();

    public async Task<string> CreateAsync(SandboxSpecification specification)
    {
        var created = await _client.Containers.CreateContainerAsync(SandboxBlueprint.For(specification, "0:0"));
        await _client.Containers.StartContainerAsync(created.ID, new ContainerStartParameters());
        return created.ID;
    }

    /// <summary>Create, start with its output, and a look at its end.</summary>
    public async Task ExecAsync(string container, params IList<string> arguments)
    {
        var exec = await _client.Exec.CreateContainerExecAsync(container, new ContainerExecCreateParameters { AttachStdout = true, AttachStderr = true, Cmd = arguments });
        using (var stream = await _client.Exec.StartContainerExecAsync(exec.ID, new ContainerExecStartParameters()))
        {
            var buffer = new byte[4096];
            while (!(await stream.ReadOutputAsync(buffer, 0, buffer.Length, BenchContext.Token)).EOF)
            {
            }
        }

        var end = await _client.Exec.InspectContainerExecAsync(exec.ID);
        if (end is not { Running: false, ExitCode: 0 })
        {
            throw new InvalidOperationException($"The raw command ended with {end.ExitCode}; the figure would be worth nothing.");
        }
    }

    public Task RemoveAsync(string container) => _client.Containers.RemoveContainerAsync(container, new ContainerRemoveParameters { Force = true, RemoveVolumes = true });

    public void Dispose() => _client.Dispose();
}
