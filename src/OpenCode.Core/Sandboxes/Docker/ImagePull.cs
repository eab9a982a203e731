using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Gets an image that the engine lacks.</summary>
internal static class ImagePull
{
    /// <summary>A pull may take long, but not without a word; a registry that hangs is noticed after this.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(2);

    /// <exception cref="OpenCodeException">SandboxFailed, with the image and the registry's answer.</exception>
    public static async Task RunAsync(EngineConnection engine, string image, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(SilenceLimit, engine.Time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        var messages = new PullProgress(image, progress, () => silence.CancelAfter(SilenceLimit));
        var (name, tag) = Parse(image);
        try
        {
            await engine.CallAsync(
                "pull the image '" + image + "'",
                Timeout.InfiniteTimeSpan,
                (client, token) => client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = name, Tag = tag }, null, messages, token),
                bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(image, $"nothing was heard for {EngineErrors.Seconds(SilenceLimit)}", e);
        }
        catch (DockerApiException e)
        {
            throw Failed(image, EngineErrors.Answer(e), e);
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException answer)
        {
            throw Failed(image, EngineErrors.Answer(answer), answer);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (messages.Error is { } error)
        {
            throw Failed(image, error, null);
        }

        try
        {
            // A stream that was cut off ends like one that is complete.
            await engine.CallAsync("look at an image", TimeSpan.FromSeconds(10), (client, token) => client.Images.InspectImageAsync(image, token), cancellationToken).ConfigureAwait(false);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw Failed(image, "the pull ended without it", e);
        }
    }

    /// <summary>Splits a tag off; without one the engine would pull every tag there is.</summary>
    internal static (string Name, string? Tag) Parse(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return (image, null);
        }

        // A colon before the last slash is a registry's port.
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..]) : (image, "latest");
    }

    private static OpenCodeException Failed(string image, string answer, Exception? e) =>
        new(OpenCodeError.SandboxFailed, $"The image '{image}' is not on the engine and cannot be pulled: {EngineErrors.Sentence(answer)} Check the name, pull it by hand with 'docker pull', or choose another with docker.image.", image, e);
}
