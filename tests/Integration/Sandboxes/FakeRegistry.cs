using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>A registry that has one image of a few layers, <c>tools:1</c>, and no other; or one that never answers. Engines take one at 127.0.0.1 without TLS.</summary>
public sealed class FakeRegistry : IDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, (byte[] Body, string Type)> _files = [];
    private readonly bool _silent;
    private readonly Task _serving;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeRegistry(bool silent = false)
    {
        _silent = silent;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        Fill();
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    /// <summary>Ends when somebody has asked for anything.</summary>
    public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        _listener.Close();
        _serving.Wait();
    }

    private void Fill()
    {
        // Bytes that do not compress, and differ in every run, so that no engine has the layers already.
        byte[][] layers = [TestImages.Root(["bin/sh", "bin/sleep", "bin/cat"]), TestImages.File("data/one", RandomNumberGenerator.GetBytes(3 << 20)), TestImages.File("data/two", RandomNumberGenerator.GetBytes(1 << 20))];
        var descriptors = new JsonArray();
        foreach (var layer in layers)
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, true))
            {
                gzip.Write(layer);
            }

            descriptors.Add(Describe("application/vnd.docker.image.rootfs.diff.tar.gzip", packed.ToArray()));
        }

        var configuration = new JsonObject
        {
            ["architecture"] = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/bin"), ["Entrypoint"] = new JsonArray("/bin/false") },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(static layer => (JsonNode)Digest(layer))]) },
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Describe("application/vnd.docker.container.image.v1+json", Encoding.UTF8.GetBytes(configuration.ToJsonString())),
            ["layers"] = descriptors,
        };
        var bytes = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        _files["/v2/tools/manifests/1"] = (bytes, ManifestType);
        _files[$"/v2/tools/manifests/{Digest(bytes)}"] = (bytes, ManifestType);
        _files["/v2/"] = ("{}"u8.ToArray(), "application/json");
    }

    private JsonObject Describe(string type, byte[] blob)
    {
        _files[$"/v2/tools/blobs/{Digest(blob)}"] = (blob, "application/octet-stream");
        return new JsonObject { ["mediaType"] = type, ["size"] = blob.Length, ["digest"] = Digest(blob) };
    }

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _asked.TrySetResult();
            if (!_silent)
            {
                await AnswerAsync(context);
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var response = context.Response;
        try
        {
            response.AddHeader("Docker-Distribution-Api-Version", "registry/2.0");
            if (_files.TryGetValue(context.Request.Url!.AbsolutePath, out var file))
            {
                response.ContentType = file.Type;
                response.ContentLength64 = file.Body.Length;
                response.AddHeader("Docker-Content-Digest", Digest(file.Body));
                if (context.Request.HttpMethod != "HEAD")
                {
                    await response.OutputStream.WriteAsync(file.Body);
                }
            }
            else
            {
                response.StatusCode = 404;
                response.ContentType = "application/json";
                await response.OutputStream.WriteAsync("""{"errors":[{"code":"MANIFEST_UNKNOWN","message":"there is no such thing here"}]}"""u8.ToArray());
            }

            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The engine hung up.
        }
    }
}
