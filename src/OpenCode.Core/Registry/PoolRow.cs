using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>A container that is kept ready for a task.</summary>
/// <param name="Id">Its id, in its label and its name.</param>
/// <param name="ContainerName">Its name, known before it is made.</param>
/// <param name="ContainerId">The engine's id, once it is ready.</param>
/// <param name="Image">The image.</param>
/// <param name="Fingerprint">What exactly it is.</param>
/// <param name="MemoryMiB">Its limit of memory.</param>
/// <param name="State">How far it is.</param>
/// <param name="Process">Who keeps it, or removes it.</param>
public sealed record PoolRow(string Id, string ContainerName, string? ContainerId, string Image, string Fingerprint, int MemoryMiB, PoolState State, ProcessIdentity Process)
{
    /// <summary>True when it takes a part of what all sandboxes may take; one that is being removed takes none.</summary>
    public bool HasPlace => State is not PoolState.Discarded;
}
