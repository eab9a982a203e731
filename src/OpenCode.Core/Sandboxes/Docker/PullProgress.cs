using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Turns the engine's messages about layers into one percentage that never goes back.</summary>
/// <param name="image">The image, for what is shown.</param>
/// <param name="progress">Who is told; null for nobody.</param>
/// <param name="heard">Called with every message: the pull is alive.</param>
internal sealed class PullProgress(string image, IProgress<SandboxProgress>? progress, Action heard) : IProgress<JSONMessage>
{
    /// <summary>Downloading is most of the way of a layer, unpacking the rest.</summary>
    private const double Downloaded = 0.7;

    private readonly Dictionary<string, Layer> _layers = new(StringComparer.Ordinal);
    private int _percent;
    private (string Status, int? Percent) _last;

    /// <summary>The engine's error, which comes as a message in a stream that began well.</summary>
    public string? Error { get; private set; }

    /// <inheritdoc/>
    public void Report(JSONMessage value)
    {
        heard();
        if (value.Error?.Message is { Length: > 0 } error)
        {
            Error = error;
            return;
        }

        if (value.Status is not { Length: > 0 } status)
        {
            return;
        }

        // Messages without an id, or with the tag as id, are about the whole image.
        if (value.ID is { Length: > 0 } id && Share(status, value.Progress) is { } done)
        {
            var layer = _layers.GetValueOrDefault(id);
            // Only a download's total is a size; an unpacking's may be in other units.
            var size = status == "Downloading" && value.Progress?.Total is > 0 and var total ? total : layer.Size;
            _layers[id] = new(size, Math.Max(done, layer.Done));
            _percent = Math.Max(_percent, Percent());
        }

        (string, int?) now = (status, _layers.Count == 0 ? null : _percent);
        if (now != _last)
        {
            _last = now;
            progress?.Report(new($"Pulling {image}", status, now.Item2));
        }
    }

    private static double? Share(string status, JSONProgress? at) => status switch
    {
        "Pulling fs layer" or "Waiting" => 0,
        "Downloading" => Downloaded * Part(at),
        "Verifying Checksum" or "Download complete" => Downloaded,
        "Extracting" => Downloaded + ((1 - Downloaded) * Part(at)),
        "Pull complete" or "Already exists" => 1,
        _ => null,
    };

    private static double Part(JSONProgress? at) => at is { Current: { } current, Total: > 0 and var total } ? Math.Clamp((double)current / total, 0, 1) : 0;

    private int Percent()
    {
        // A layer that waits has told no size: it is taken to be an average one.
        var known = _layers.Values.Where(static layer => layer.Size > 0).Select(static layer => (double)layer.Size).DefaultIfEmpty(1).Average();
        double all = 0, done = 0;
        foreach (var layer in _layers.Values)
        {
            var size = layer.Size > 0 ? layer.Size : known;
            all += size;
            done += size * layer.Done;
        }

        return (int)(100 * done / all);
    }

    private readonly record struct Layer(long Size, double Done);
}
