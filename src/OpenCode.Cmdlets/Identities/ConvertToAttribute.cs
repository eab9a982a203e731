using System.Management.Automation;

namespace OpenCode.Cmdlets.Identities;

/// <summary>Has a parameter's value converted by the constructor of its type.</summary>
/// <remarks>PowerShell calls such constructors by itself, but never with an array, which a command's argument vector is.</remarks>
/// <param name="identity">The type: it has a constructor that takes any object.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConvertToAttribute(Type identity) : ArgumentTransformationAttribute
{
    /// <summary>The type.</summary>
    public Type Identity { get; } = identity;

    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null || Identity.IsInstanceOfType(inputData) ? inputData : Activator.CreateInstance(Identity, inputData);
}
