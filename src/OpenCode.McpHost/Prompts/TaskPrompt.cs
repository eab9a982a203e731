using ModelContextProtocol.Protocol;
using OpenCode.Common;

namespace OpenCode.McpHost.Prompts;

/// <summary>A prompt about a task: what a client shows of it, what goes into its brief, and what is asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Fill">Puts the sections into the brief.</param>
/// <param name="Ask">What is asked for, given the task and the agent.</param>
internal sealed record TaskPrompt(string Name, string Title, string Description, Func<Brief, CancellationToken, Task<Brief>> Fill, Func<AgentTask, string?, string> Ask)
{
    public static IReadOnlyList<TaskPrompt> All { get; } =
    [
        new(
            "start-work",
            "Start work on a task",
            "A brief for an agent that takes a task: the task, its state, decisions and last log lines, and what to do next.",
            static async (brief, token) => await (await (await (await brief.AddTask().AddStateAsync(token).ConfigureAwait(false)).AddDecisionsAsync(token).ConfigureAwait(false)).AddLogAsync(null, token).ConfigureAwait(false)).AddCommandsAsync(token).ConfigureAwait(false),
            static (task, agent) => $"You are {Who(agent)}. {FirstStep(task, agent)} Read the brief below before you do anything: keep to its decisions or record why not (record_decision), log what you do (append_log), heartbeat every few minutes, take a checkpoint before anything risky, and end with complete_task or fail_task. Where a tool is not offered to you, say in your answer what you would have written."),
        new(
            "hand-over",
            "Hand a task over",
            "Asks for what the next agent needs, from the task as it stands.",
            static async (brief, token) => await (await (await (await brief.AddTask().AddStateAsync(token).ConfigureAwait(false)).AddDecisionsAsync(token).ConfigureAwait(false)).AddLogAsync(null, token).ConfigureAwait(false)).AddCheckpointsAsync(token).ConfigureAwait(false),
            static (task, agent) => $"You are {Who(agent)} and hand task {task.Id} over. Write for somebody who knows nothing of it: what is done and how that was checked, what is left and in which order, what was tried and did not work, what to beware of, and where things are in the workspace. Put it into the log with append_log, then let the task go with detach_agent_from_task."),
        new(
            "review",
            "Review a task",
            "Asks for a review of the work on a task against what was wanted.",
            static async (brief, token) => await (await (await brief.AddTask().AddDecisionsAsync(token).ConfigureAwait(false)).AddLogAsync(null, token).ConfigureAwait(false)).AddCommandsAsync(token).ConfigureAwait(false),
            static (task, agent) => $"You are {Who(agent)} and review task {task.Id}. Compare what was wanted with what was done. Look at the workspace and run the checks yourself with execute_in_task; do not take the log's word for it. Say for each finding how bad it is, where it is and how to see it; say what you did not look at. Change nothing."),
        new(
            "post-mortem",
            "Post-mortem of a failed task",
            "Asks why a task failed and what to do about it.",
            static async (brief, token) => await (await (await (await (await brief.AddTask().AddStateAsync(token).ConfigureAwait(false)).AddDecisionsAsync(token).ConfigureAwait(false)).AddLogAsync(LogLevel.Warn, token).ConfigureAwait(false)).AddCommandsAsync(token).ConfigureAwait(false)).AddCheckpointsAsync(token).ConfigureAwait(false),
            static (task, agent) => $"You are {Who(agent)}. Task {task.Id} is {TaskJson.Word(task.Status)}. Find out why, from the brief and from get_history: the first thing that went wrong, not the last; what made it possible; which decision would have to be another one. Then propose one way on: resume_task as it is, resume_task from a named checkpoint, or another task; say what speaks against it."),
    ];

    public Prompt Definition() => new()
    {
        Name = Name,
        Title = Title,
        Description = Description,
        Arguments =
        [
            new PromptArgument { Name = "taskId", Title = "Task", Description = "The task's id", Required = true },
            new PromptArgument { Name = "agentId", Title = "Agent", Description = "The agent it is for", Required = false },
        ],
    };

    private static string Who(string? agent) => agent is null ? "an agent" : $"agent '{agent}'";

    private static string FirstStep(AgentTask task, string? agent) => task.Status switch
    {
        _ when agent is not null && task.Agents.Contains(agent) => $"Task {task.Id} is yours.",
        AgentTaskStatus.Pending or AgentTaskStatus.Running => $"Take task {task.Id} with attach_agent_to_task.",
        AgentTaskStatus.Completed => $"Task {task.Id} is completed: work on it needs restore_checkpoint, or a new task.",
        _ => $"Task {task.Id} is {TaskJson.Word(task.Status)}: take it up with resume_task.",
    };
}
