using System.Diagnostics;
using System.Reflection;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>How the product under test was built.</summary>
internal static class Build
{
    /// <summary>As it is shipped. False for a build for debugging: limits of time are those of what is shipped, and it is given more.</summary>
    public static bool IsOptimized { get; } = typeof(OpenCodeRuntime).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };
}
