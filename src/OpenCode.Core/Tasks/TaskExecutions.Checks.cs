using System.Text.RegularExpressions;
using OpenCode.Common;

namespace OpenCode.Tasks;

/// <content>What a command may be.</content>
public sealed partial class TaskExecutions
{
    private const int MostVariables = 1_000;

    // By which a command's processes are known, in the sandboxes' room.
    private const string ReservedVariable = "OPENCODE_EXECUTION";

    private static void Check(RunRequest request)
    {
        if (request.Command.Count == 0 || string.IsNullOrEmpty(request.Command[0]) || (request.Shell && request.Command.Count != 1))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "The command is empty. Give one string for a shell, or a program and its arguments.");
        }

        foreach (var argument in request.Command)
        {
            Input.Text(argument, "command");
            if (argument.Contains('\0', StringComparison.Ordinal))
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, "The command holds a NUL character, which no program can be given. Take it out.");
            }
        }

        CheckSurroundings(request);
        if (request.SandboxWait < TimeSpan.Zero || request.SandboxWait > LongestTimeout)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"A wait of {request.SandboxWait.TotalSeconds:0.###} s for room is not possible. Give 0 to {LongestTimeout.TotalSeconds:0} s.");
        }

        if (request.Timeout <= TimeSpan.Zero || request.Timeout > LongestTimeout)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"A time limit of {request.Timeout.TotalSeconds:0.###} s is not possible. Give more than 0 s, up to {LongestTimeout.TotalSeconds:0} s.");
        }
    }

    private static void CheckSurroundings(RunRequest request)
    {
        if (request.Environment.Count > MostVariables)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, $"The environment has {request.Environment.Count} variables; the limit is {MostVariables}. Put more into a file of the workspace.");
        }

        foreach (var (name, value) in request.Environment)
        {
            if (!VariableName().IsMatch(name) || value.Contains('\0', StringComparison.Ordinal) || name == ReservedVariable)
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The variable '{name}' cannot be in a command's environment: a name is letters, digits and '_', no digit first, a value holds no NUL, and {ReservedVariable} is the sandbox's own.", name);
            }
        }

        if (request.User is { } user && !UserNumbers().IsMatch(user))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The user '{user}' is none. Give numbers: uid or uid:gid.", user);
        }
    }

    /// <summary>Refuses root, and tells the task's log that it was asked for.</summary>
    private async Task CheckUserAsync(string taskId, RunRequest request)
    {
        if (request.User is { } user && user.Split(':').Any(static part => part.AsSpan().TrimStart('0').IsEmpty))
        {
            var refusal = new OpenCodeException(OpenCodeError.AccessDenied, $"A command does not run as '{user}': 0 is root. Give another user, or none.", user);
            await _sandboxes.LogRefusalAsync(taskId, refusal).ConfigureAwait(false);
            throw refusal;
        }
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,254}\z")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"\A[0-9]{1,9}(:[0-9]{1,9})?\z")]
    private static partial Regex UserNumbers();
}
