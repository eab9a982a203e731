using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Files of a container, through the engine's archives: it resolves every path within the container's own root.</summary>
internal sealed class ContainerArchive(EngineConnection engine, string containerId)
{
    // Of Go's os.FileMode.
    private const uint FolderBit = 1u << 31;
    private const uint LinkBit = 1u << 27;

    private const int Ahead = 1024 * 1024;

    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PutLimit = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(60);

    public async Task<SandboxEntry?> LookAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var found = await engine.CallAsync("look at a file", LookLimit, (client, token) => client.Containers.GetArchiveFromContainerAsync(containerId, new ContainerPathStatParameters { Path = path }, true, token), cancellationToken).ConfigureAwait(false);
            return new SandboxEntry((found.Stat.Mode & FolderBit) != 0, (found.Stat.Mode & LinkBit) != 0 ? found.Stat.LinkTarget : null);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            // The same code for a file and for a container that is not there; a look has no text.
            await InspectAsync(e, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    public async Task PutAsync(string folder, Func<Stream, (int User, int Group), CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var container = await InspectAsync(null, cancellationToken).ConfigureAwait(false);
        var owner = Owner(container.Config?.User);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: Ahead, resumeWriterThreshold: Ahead / 2, useSynchronizationContext: false));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = Task.Run(() => WriteAsync(pipe.Writer, write, owner, stop.Token), CancellationToken.None);
        try
        {
            // The parameter says "noOverwriteDirNonDir" to the engine: a link in the place of a folder is not followed, and a folder is not replaced by a file.
            await engine.CallAsync(
                "copy into a container",
                PutLimit,
                (client, token) => client.Containers.ExtractArchiveToContainerAsync(containerId, new CopyToContainerParameters { Path = folder, AllowOverwriteDirWithFile = true }, pipe.Reader.AsStream(leaveOpen: true), token),
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (writing.IsFaulted && e is OpenCodeException)
        {
            // What broke the request is the error to tell.
            await writing.ConfigureAwait(false);
            throw;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task GetAsync(string path, Func<Stream, CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        ContainerArchiveResponse found;
        try
        {
            found = await engine.CallAsync("copy out of a container", OpenLimit, (client, token) => client.Containers.GetArchiveFromContainerAsync(containerId, new ContainerPathStatParameters { Path = path }, false, token), cancellationToken).ConfigureAwait(false);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            await InspectAsync(e, cancellationToken).ConfigureAwait(false);
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no '{path}' in the sandbox any more.", path, e);
        }

        var archive = new WatchedStream(found.Stream ?? Stream.Null, engine.Time, SilenceLimit);
        await using (archive.ConfigureAwait(false))
        {
            try
            {
                await read(archive, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (archive.IsSilent && !cancellationToken.IsCancellationRequested)
            {
                throw EngineErrors.Late(engine.Endpoint, $"send more of '{path}'", SilenceLimit, e);
            }
            catch (Exception e) when (e is HttpRequestException or System.Net.Sockets.SocketException or HttpIOException)
            {
                throw EngineErrors.Unreachable(engine.Endpoint, e);
            }
        }
    }

    private static async Task WriteAsync(PipeWriter pipe, Func<Stream, (int User, int Group), CancellationToken, Task> write, (int User, int Group) owner, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var stream = pipe.AsStream(leaveOpen: true);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream, owner, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            // With the failure, so that the engine does not take the part for the whole.
            await pipe.CompleteAsync(failure).ConfigureAwait(false);
        }
    }

    private async Task<ContainerInspectResponse> InspectAsync(DockerApiException? cause, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), cancellationToken).ConfigureAwait(false);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw await CommandExec.NotRunningAsync(engine, containerId, cause ?? e).ConfigureAwait(false);
        }
    }

    /// <summary>The container's user: numbers, because we made it.</summary>
    private static (int User, int Group) Owner(string? user) =>
        user?.Split(':') is [var uid, var gid] && int.TryParse(uid, CultureInfo.InvariantCulture, out var u) && int.TryParse(gid, CultureInfo.InvariantCulture, out var g) ? (u, g)
        : throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The sandbox's user is '{user}' and not numbers, so somebody else has made it. Remove it with Remove-OcSandbox.");
}
