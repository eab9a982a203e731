namespace OpenCode.Common;

/// <summary>
/// Every instruction of the way of a change at which a process may die with something half done. The list is the kill
/// matrix: tests run the whole life of a task once for every time a step is reached, and kill the process there.
/// </summary>
public enum Step
{
    /// <summary>The gate is held and the write transaction has begun; nothing is written.</summary>
    TransactionBegun,

    /// <summary>Everything of the transaction is written, nothing is committed.</summary>
    BeforeCommit,

    /// <summary>The moment of truth has passed; nothing is projected and nobody was told.</summary>
    AfterCommit,

    /// <summary>A temporary file is written, not flushed.</summary>
    TemporaryWritten,

    /// <summary>A temporary file is complete (and on disk, with synchronous=full); the old file is still in place.</summary>
    BeforeReplace,

    /// <summary>The new file is in place.</summary>
    AfterReplace,

    /// <summary>The file is open and its end is known; the line is not written.</summary>
    BeforeAppend,

    /// <summary>The line is written (and on disk, with synchronous=full).</summary>
    AfterAppend,

    /// <summary>A new task's folder is complete under its temporary name.</summary>
    FolderPrepared,

    /// <summary>A new task's folder has its name.</summary>
    FolderPublished,

    /// <summary>A checkpoint's files are copied, without a manifest, under its temporary name.</summary>
    CheckpointCopied,

    /// <summary>A checkpoint is complete under its temporary name.</summary>
    CheckpointPrepared,

    /// <summary>A checkpoint has its name; the registry does not know it.</summary>
    CheckpointPublished,

    /// <summary>One of the layers of a restored checkpoint is in place.</summary>
    LayerRestored,

    /// <summary>The journal is in the layers; the registry does not know that it is.</summary>
    Projected,

    /// <summary>A deleted task's folder has its trash name.</summary>
    FolderDiscarded,

    /// <summary>A deleted task's folder is gone.</summary>
    FolderRemoved,

    /// <summary>What is to be done to a sandbox is written down; the engine was not asked.</summary>
    SandboxIntended,

    /// <summary>The engine has made a network; no container is in it.</summary>
    NetworkMade,

    /// <summary>The engine has made the container; it was not started.</summary>
    ContainerMade,

    /// <summary>The engine has made and started the container; the registry does not know its id.</summary>
    SandboxCreated,

    /// <summary>The engine has suspended, resumed or changed the container; the registry does not know it.</summary>
    SandboxChanged,

    /// <summary>The engine has removed the container; its network is still there.</summary>
    ContainerRemoved,

    /// <summary>The engine has removed the container and its network; the registry still knows it.</summary>
    SandboxRemoved,

    /// <summary>A container for the pool is written down; neither its folder nor the engine's part is there.</summary>
    PoolIntended,

    /// <summary>The engine has made and started a container for the pool; no task may take it yet.</summary>
    PoolMade,

    /// <summary>A task may take it.</summary>
    PoolReady,

    /// <summary>A container of the pool is to be removed; the engine was not asked.</summary>
    PoolDiscarded,

    /// <summary>The engine has removed a container of the pool; its folder is gone, the registry still knows it.</summary>
    PoolRemoved,

    /// <summary>The folder of a container of the pool is the task's workspace; nothing leads to it from where the engine looks for it.</summary>
    WorkspaceGiven,

    /// <summary>A link leads from there to the workspace; the registry does not know that.</summary>
    WorkspaceLinked,

    /// <summary>A command is written down; the engine was not asked.</summary>
    CommandIntended,

    /// <summary>The runner of a sandbox is there; no command was given to it.</summary>
    RunnerStarted,

    /// <summary>A command runs; nothing of its output was read.</summary>
    CommandStarted,

    /// <summary>A command ended; its outcome is not recorded.</summary>
    CommandEnded,

    /// <summary>This process has the leader's seat; nobody can reach it.</summary>
    SeatTaken,

    /// <summary>This process leads, and listens; it has no followers.</summary>
    LeaderListening,

    /// <summary>A follower was told its place.</summary>
    FollowerWelcomed,

    /// <summary>A follower's frame is in the leader's line; it was not begun.</summary>
    FrameTaken,

    /// <summary>A follower was told how its frame came out; others of the same transaction may not have been.</summary>
    FrameAnswered,

    /// <summary>This process leads no more, and nobody can reach it; it still has the seat.</summary>
    LeaderLeft,

    /// <summary>A follower's frame may be begun; it was not sent.</summary>
    FrameAsked,

    /// <summary>A follower's frame is sent; it has no answer.</summary>
    FrameSent,

    /// <summary>A follower has its answer; those whose writes they are do not.</summary>
    AnswerHeard,
}
