namespace OpenCode.Registry;

/// <summary>
/// A change of the registry, whole in one transaction. Writes are few and named, and their arguments are plain data, so that
/// one process can execute them for another.
/// </summary>
/// <typeparam name="TResult">What the caller learns once it is committed.</typeparam>
public abstract record RegistryWrite<TResult>
{
    /// <summary>True for a write that only finishes what has begun or gives something back. It is made whether or not the locks it is made under are still held.</summary>
    public virtual bool Finishes => false;
}
