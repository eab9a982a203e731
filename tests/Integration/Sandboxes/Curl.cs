using System.Diagnostics;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Asks an engine by another way than ours.</summary>
internal static class Curl
{
    public static async Task<JsonNode> Async(string socket, string method, string path, JsonNode? body = null)
    {
        string[] data = body is null ? [] : ["-H", "Content-Type: application/json", "-d", body.ToJsonString()];
        var start = new ProcessStartInfo("curl", ["--silent", "--show-error", "--max-time", "30", "--unix-socket", socket, "-X", method, .. data, "http://docker" + path]) { RedirectStandardOutput = true };
        using var curl = Process.Start(start)!;
        var text = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        return string.IsNullOrWhiteSpace(text) ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public static async Task<JsonArray> AsyncArray(string socket, string path) => (await Async(socket, "GET", path)).AsArray();
}
