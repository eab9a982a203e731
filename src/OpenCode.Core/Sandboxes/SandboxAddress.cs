using System.Net;

namespace OpenCode.Sandboxes;

/// <summary>Where a container is on a network.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Gateway">The way out; null when the network has none.</param>
public sealed record SandboxAddress(IPAddress Address, IPAddress? Gateway);
