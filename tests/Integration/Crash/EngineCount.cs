using OpenCode.Registry;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>What an engine has of a store, asked by another way than ours, and whether the registry says the same.</summary>
internal static class EngineCount
{
    /// <summary>Kind, name and state of everything with the store's label.</summary>
    public static async Task<IReadOnlyList<(string Kind, string Name, string State)>> OfAsync(string socket, string storeId)
    {
        var filter = Uri.EscapeDataString($$"""{"label":["opencode.store.id={{storeId}}"]}""");
        var containers = await Curl.AsyncArray(socket, $"/containers/json?all=1&filters={filter}");
        var networks = await Curl.AsyncArray(socket, $"/networks?filters={filter}");
        var volumes = (await Curl.Async(socket, "GET", $"/volumes?filters={filter}"))["Volumes"]?.AsArray() ?? [];
        var images = await Curl.AsyncArray(socket, $"/images/json?filters={filter}");
        return
        [
            .. containers.Select(static one => ("container", ((string)one!["Names"]![0]!).TrimStart('/'), (string)one["State"]!)),
            .. networks.Select(static one => ("network", (string)one!["Name"]!, "")),
            .. volumes.Select(static one => ("volume", (string)one!["Name"]!, "")),
            .. images.Select(static one => ("image", (string)one!["Id"]!, "")),
        ];
    }

    /// <summary>What engine and registry disagree about; nothing when all is well.</summary>
    public static async Task<IReadOnlyList<string>> DisagreementsAsync(string socket, OpenCodeRuntime runtime, CancellationToken token)
    {
        var there = await OfAsync(socket, runtime.StoreId);
        var rows = await runtime.Registry.SandboxesAsync(token);
        var pool = await runtime.Registry.PoolAsync(token);
        var wrong = new List<string>();
        foreach (var (kind, name, state) in there)
        {
            var row = rows.FirstOrDefault(row => row.ContainerName == name || $"{row.ContainerName}-internal" == name || $"{row.ContainerName}-bridge" == name);
            var expected = (kind, row) switch
            {
                ("container", { ContainerId: not null, State: SandboxState.Present }) => state == "running",
                ("container", { ContainerId: not null, State: SandboxState.Suspended }) => state == "paused",
                ("container", { ContainerId: not null, State: SandboxState.Stopped }) => state == "exited",
                ("network", { ContainerId: not null, Network: not SandboxNetwork.None }) => name.EndsWith($"-{row.Network}", StringComparison.OrdinalIgnoreCase),
                _ => false,
            };
            if (!expected && !(kind == "container" && state == "running" && pool.Any(one => one.ContainerName == name && one.State is PoolState.Ready)))
            {
                wrong.Add($"{kind} {name} is {state}, the registry has {row}");
            }
        }

        wrong.AddRange(rows.Where(static row => row.Deed is not null).Select(static row => $"half done: {row}"));
        wrong.AddRange(rows.Where(row => row.ContainerId is not null && !there.Any(one => one.Kind == "container" && one.Name == row.ContainerName)).Select(static row => $"not on the engine: {row}"));
        wrong.AddRange(pool.Where(row => row.State is not PoolState.Ready || !there.Any(one => one.Name == row.ContainerName)).Select(static row => $"half done, or not on the engine: {row}"));
        wrong.AddRange((await runtime.Registry.OpenExecutionsAsync(token)).Select(static one => $"command without an end: {one}"));
        return wrong;
    }
}
