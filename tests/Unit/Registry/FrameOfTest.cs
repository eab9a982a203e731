using OpenCode.Registry.Sqlite;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>A frame in the hands of a test.</summary>
internal sealed class FrameOfTest(LedFrame frame)
{
    public bool Begin() => frame.Begin();

    /// <summary>Executes it in a transaction, as a leader does, and does not tell the follower.</summary>
    public void Execute(DoorTransaction transaction) => frame.Execute(transaction, alone: true);

    /// <summary>Tells the follower.</summary>
    public void Tell() => frame.Complete(here: false);

    /// <summary>Answers each write with what comes of it, and tells the follower.</summary>
    public void Answer(Func<object, object> execute)
    {
        frame.Answer(write =>
        {
            try
            {
                write.AnswerWith(execute(write.Write));
            }
            catch (OpenCodeException e)
            {
                write.Error = e;
            }
        });
        frame.Complete(here: false);
    }
}
