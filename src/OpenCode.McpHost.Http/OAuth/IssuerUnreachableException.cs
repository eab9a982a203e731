using System.Diagnostics.CodeAnalysis;

namespace OpenCode.McpHost.Http.OAuth;

/// <summary>The issuer's keys cannot be had, so its tokens cannot be told from forged ones.</summary>
/// <param name="message">What was tried, and what came of it.</param>
/// <param name="inner">What it came to.</param>
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "It is caught in this assembly, whose users are programs.")]
internal sealed class IssuerUnreachableException(string message, Exception? inner) : Exception(message, inner);
