using System.Diagnostics;
using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Tests.LockTaker.Claims;

/// <summary>Steps at each of which one process kills itself, the first that reaches it so often; those that reach it later go on.</summary>
/// <param name="All">Each with how often a process reaches it before. One of every write counts only in a process that writes for others, from the first frame it takes on.</param>
/// <param name="Folder">Where each that dies makes a file.</param>
internal sealed record DeadlySteps(IReadOnlyList<(Step Step, int Times)> All, string Folder)
{
    /// <summary>The exit code of a process that was killed, as .NET and shells tell it: 128 and SIGKILL.</summary>
    public const int Killed = 128 + 9;

    /// <summary>The steps of the election and of a frame's way.</summary>
    public static IReadOnlyList<Step> OfElection { get; } =
    [
        Step.SeatTaken, Step.LeaderListening, Step.FollowerWelcomed, Step.FrameTaken, Step.FrameAnswered, Step.LeaderLeft, Step.FrameAsked, Step.FrameSent, Step.AnswerHeard,
    ];

    /// <summary>Those at which nobody has died. The last one is reached when a leader closes its store.</summary>
    public IEnumerable<(Step Step, int Times)> Left => All.Where(s => !File.Exists(Victim(s)));

    /// <summary>As an argument of a process.</summary>
    public override string ToString() => Folder + ":" + string.Join(',', All.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Step}={s.Times}")));

    /// <summary>Reads an argument; null when it is empty.</summary>
    public static DeadlySteps? Parse(string argument)
    {
        if (argument.Length == 0)
        {
            return null;
        }

        var colon = argument.LastIndexOf(':');
        return new DeadlySteps([.. argument[(colon + 1)..].Split(',').Select(s => s.Split('=')).Select(s => (Enum.Parse<Step>(s[0]), int.Parse(s[1], CultureInfo.InvariantCulture)))], argument[..colon]);
    }

    /// <summary>The probe of a process that may die.</summary>
    public StepProbe Probe()
    {
        var took = 0;
        var dying = new Lock();
        var reached = new int[All.Count];
        return new StepProbe(step =>
        {
            if (step is Step.FrameTaken)
            {
                Volatile.Write(ref took, 1);
            }

            for (var i = 0; i < reached.Length; i++)
            {
                if (step == All[i].Step && (OfElection.Contains(step) || Volatile.Read(ref took) == 1) && Interlocked.Increment(ref reached[i]) > All[i].Times)
                {
                    lock (dying) // another thread that reached its step before the signal would take that step from the process that is to die there
                    {
                        if (IsFirst(All[i]))
                        {
                            Process.GetCurrentProcess().Kill();
                            Thread.Sleep(Timeout.Infinite); // a signal to oneself may take a moment
                        }
                    }
                }
            }
        })
        { InCompany = true };
    }

    private string Victim((Step Step, int Times) step) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"died-at-{step.Step}-{step.Times}"));

    private bool IsFirst((Step Step, int Times) step)
    {
        try
        {
            File.Open(Victim(step), FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(Victim(step)))
        {
            return false;
        }
    }
}
