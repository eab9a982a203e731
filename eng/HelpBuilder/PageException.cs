namespace OpenCode.HelpBuilder;

/// <summary>A page that is not as it has to be. The message is in the form in which MSBuild recognises an error and its place.</summary>
/// <param name="file">The page.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="reason">What is wrong and what is wanted, as a sentence.</param>
public sealed class PageException(string file, int line, string reason) : Exception($"{file}({line}): error OCHELP: {reason}");
