namespace OpenCode.Hooks;

/// <summary>Makes the branch <c>task/&lt;id&gt;</c> at the present commit of a git repository, unless it is there. Nothing is checked out: many tasks may share the repository.</summary>
/// <param name="repository">The repository's folder.</param>
public sealed class GitBranchHook(string repository) : IHookAction
{
    // A person's settings must not make git ask questions: nobody is there to answer.
    private static readonly KeyValuePair<string, string>[] Quiet = [new("GIT_TERMINAL_PROMPT", "0"), new("LC_ALL", "C")];

    /// <inheritdoc />
    public async Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (!Directory.Exists(repository))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The repository '{repository}' is not there. Correct 'repository' of the hook gitBranch.", repository);
        }

        // An id has letters, digits, '_' and '-' only, so every one is the last part of a branch's name (git-check-ref-format(1)).
        var branch = $"task/{invocation.TaskId}";
        var present = await GitAsync(cancellationToken, "branch", "--list", "--format=%(refname:short)", branch).ConfigureAwait(false);
        if (present.Trim() != branch)
        {
            await GitAsync(cancellationToken, "branch", "--no-track", branch).ConfigureAwait(false);
        }
    }

    private Task<string> GitAsync(CancellationToken cancellationToken, params string[] arguments) =>
        new HookCommand(["git", .. arguments], repository).RunAsync(default, Quiet, cancellationToken);
}
