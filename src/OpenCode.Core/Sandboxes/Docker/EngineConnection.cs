using Docker.DotNet;
using Docker.DotNet.Models;
using Version = System.Version;

namespace OpenCode.Sandboxes.Docker;

/// <summary>The way to the engine: agrees on an API version once, gives every call a limit, and turns what goes wrong into the error vocabulary.</summary>
internal sealed class EngineConnection(DockerEndpoint endpoint, TimeProvider time) : IDisposable
{
    /// <summary>The API of Engine 20.10, which this was written against; a newer engine is asked for the same, or for the oldest it still has.</summary>
    private static readonly Version Spoken = new(1, 41);

    private static readonly TimeSpan NegotiationLimit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _negotiating = new(1);
    private DockerClient? _client;
    private SystemInfoResponse? _information;
    private bool _isPodman;

    public DockerEndpoint Endpoint => endpoint;

    public TimeProvider Time => time;

    /// <summary>Makes one call of the engine's API.</summary>
    /// <param name="what">What is asked, to follow "to": <c>create a container</c>.</param>
    /// <param name="limit">How long it may take; named in the error.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="DockerApiException">Status 404 or 409, which mean something to the caller.</exception>
    /// <exception cref="OpenCodeException">SandboxUnavailable or SandboxFailed for everything else.</exception>
    public async Task<T> CallAsync<T>(string what, TimeSpan limit, Func<DockerClient, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var client = _client ?? await NegotiateAsync(bound.Token).ConfigureAwait(false);
            // WaitAsync: the client reads an error's text without a token.
            return await call(client, bound.Token).WaitAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineErrors.IsTransport(e) && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (Exception e) when (EngineErrors.IsTransport(e) && timer.IsCancellationRequested)
        {
            throw EngineErrors.Late(endpoint, what, limit, e);
        }
        catch (Exception e) when (EngineErrors.IsTransport(e))
        {
            throw EngineErrors.Unreachable(endpoint, e);
        }
        catch (DockerApiException e) when (EngineErrors.Meant(e) is { } meant)
        {
            throw new DockerApiException(meant, e.ResponseBody);
        }
        catch (DockerApiException e) when (e.StatusCode is not (System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Conflict))
        {
            throw EngineErrors.Refused(what, null, e);
        }
    }

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task CallAsync(string what, TimeSpan limit, Func<DockerClient, CancellationToken, Task> call, CancellationToken cancellationToken) =>
        CallAsync(
            what,
            limit,
            async (client, token) =>
            {
                await call(client, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Asks whether the engine is there, without anything else.</summary>
    public async Task PingAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            // Without negotiation: /_ping takes a millisecond where /version takes twenty.
            using var unversioned = _client is null ? Client(null) : null;
            await (unversioned ?? _client!).System.PingAsync(bound.Token).WaitAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineErrors.IsTransport(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw timer.IsCancellationRequested ? EngineErrors.Late(endpoint, "answer a ping", limit, e) : EngineErrors.Unreachable(endpoint, e);
        }
        catch (DockerApiException e)
        {
            throw EngineErrors.Unreachable(endpoint, e);
        }
    }

    /// <summary>What the engine says about itself; asked once.</summary>
    public async Task<SystemInfoResponse> InformationAsync(CancellationToken cancellationToken) =>
        _information ??= await CallAsync("describe itself", NegotiationLimit, static (client, token) => client.System.GetSystemInfoAsync(token), cancellationToken).ConfigureAwait(false);

    /// <summary>Whether it is Podman's service that answers as an engine.</summary>
    public async Task<bool> IsPodmanAsync(CancellationToken cancellationToken)
    {
        // What is known comes with the negotiation, which any call begins with.
        await InformationAsync(cancellationToken).ConfigureAwait(false);
        return _isPodman;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client?.Dispose();
        _negotiating.Dispose();
    }

    private async Task<DockerClient> NegotiateAsync(CancellationToken cancellationToken)
    {
        await _negotiating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_client is { } present)
            {
                return present;
            }

            // Paths without a version are deprecated; /version is what an engine of any age answers.
            using var unversioned = Client(null);
            var engine = await unversioned.System.GetVersionAsync(cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!Version.TryParse(engine.APIVersion, out var newest) || newest < Spoken)
            {
                throw new OpenCodeException(OpenCodeError.NotSupported, $"The Docker Engine at '{endpoint.Display}' is version '{engine.Version}' with API {engine.APIVersion}; API {Spoken} (Docker Engine 20.10) or newer is needed.", endpoint.Display);
            }

            if (!string.Equals(engine.Os, "linux", StringComparison.OrdinalIgnoreCase))
            {
                throw new OpenCodeException(OpenCodeError.NotSupported, $"The Docker Engine at '{endpoint.Display}' runs {engine.Os} containers; sandboxes are Linux containers, so switch it to those.", endpoint.Display);
            }

            _isPodman = engine.Components?.Any(static part => part.Name?.StartsWith("Podman", StringComparison.Ordinal) is true) is true;
            var oldest = Version.TryParse(engine.MinAPIVersion, out var minimum) ? minimum : Spoken;
            return _client = Client(oldest > Spoken ? oldest : Spoken);
        }
        finally
        {
            _negotiating.Release();
        }
    }

    private DockerClient Client(Version? version)
    {
        if (endpoint.Problem is { } problem)
        {
            throw new OpenCodeException(OpenCodeError.SandboxUnavailable, problem, endpoint.Source);
        }

        try
        {
            // No limit of the client's own: each call here brings one.
            return new DockerClientBuilder().WithEndpoint(endpoint.Address!).WithApiVersion(version).WithTimeout(Timeout.InfiniteTimeSpan).Build();
        }
        catch (Exception e) when (e is UriFormatException or InvalidOperationException or NotSupportedException)
        {
            throw EngineErrors.Unreachable(endpoint, e);
        }
    }
}
