using System.Globalization;

namespace OpenCode.Tasks;

/// <summary>Waits for tasks to come into a status, whichever process brings them there.</summary>
/// <param name="way">The way of changes.</param>
/// <param name="clock">The clock of limits and pauses.</param>
internal sealed class TaskWatch(TaskWay way, TimeProvider clock)
{
    // A dead agent is seen as late as this after its lease ended, even when nobody else looks at the store.
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    // Of the time a look at all tasks takes, so much is rested after it: thousands of waited-for tasks in a busy store are no busy loop.
    private const int RestFactor = 4;

    /// <summary>Waits.</summary>
    public async Task<WaitOutcome> WaitAsync(WaitRequest request, IWaitObserver? observer, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        using var watch = way.Registry.Watch();
        var places = await FindAsync(request, observer, cancellationToken).ConfigureAwait(false);
        var swept = clock.GetTimestamp();
        await way.SweepAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var looked = clock.GetTimestamp();
            foreach (var place in places.Where(p => p.IsWaiting))
            {
                await LookAsync(place, request.Statuses, observer, cancellationToken).ConfigureAwait(false);
            }

            var waiting = places.Where(p => p.IsWaiting).ToList();
            observer?.Waiting(places.Count(p => p.Reached is not null), places.Count(p => !p.IsGone));
            if (waiting.Count == 0 || (request.Any && places.Any(p => p.Reached is not null)))
            {
                return Outcome(places, null);
            }

            var left = request.Limit is { } limit ? limit - clock.GetElapsedTime(started) : SweepEvery;
            if (left <= TimeSpan.Zero)
            {
                return Outcome(places, TimedOut(request, waiting));
            }

            var rest = clock.GetElapsedTime(looked) * RestFactor;
            if (rest > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(rest < left ? rest : left, clock, cancellationToken).ConfigureAwait(false);
            }

            await watch.ChangedAsync(left < SweepEvery ? left : SweepEvery, cancellationToken).ConfigureAwait(false);
            if (clock.GetElapsedTime(swept) >= SweepEvery)
            {
                swept = clock.GetTimestamp();
                await way.SweepAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static WaitOutcome Outcome(List<Place> places, OpenCodeException? timeout) => new([.. places.Select(p => p.Reached).OfType<AgentTask>()], timeout);

    private async Task<List<Place>> FindAsync(WaitRequest request, IWaitObserver? observer, CancellationToken cancellationToken)
    {
        var places = new List<Place>();
        foreach (var task in request.Tasks)
        {
            try
            {
                var id = await way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
                if (places.TrueForAll(p => p.Id != id))
                {
                    places.Add(new Place(id));
                }
            }
            catch (OpenCodeException e) when (observer is not null && e.Error is OpenCodeError.TaskNotFound or OpenCodeError.InvalidArgument)
            {
                observer!.Gone(e);
            }
        }

        return places;
    }

    private async Task LookAsync(Place place, IReadOnlyList<AgentTaskStatus> wanted, IWaitObserver? observer, CancellationToken cancellationToken)
    {
        var row = await way.Registry.FindAsync(place.Id, cancellationToken).ConfigureAwait(false);
        if (row is null || (place.Number is { } number && row.Number != number))
        {
            var gone = new OpenCodeException(OpenCodeError.TaskNotFound, $"The task '{place.Id}' was deleted while it was waited for.", place.Id);
            place.IsGone = true;
            if (observer is null)
            {
                throw gone;
            }

            observer.Gone(gone);
            return;
        }

        // A status that was only passed through since the last look is told by the journal.
        var reached = wanted.Contains(row.Task.Status)
            || (place.Number is not null && row.LastSeq > place.Seq && (await way.Registry.JournalAsync(row.Number, place.Seq, cancellationToken).ConfigureAwait(false)).Any(e => wanted.Contains(e.Status)));
        (place.Number, place.Seq) = (row.Number, row.LastSeq);
        place.Reached = reached ? row.Task : null;
    }

    private static OpenCodeException TimedOut(WaitRequest request, List<Place> waiting)
    {
        var names = string.Join(", ", waiting.Take(5).Select(p => $"'{p.Id}'")) + (waiting.Count > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {waiting.Count - 5} more") : "");
        return new OpenCodeException(
            OpenCodeError.LockTimeout,
            string.Create(CultureInfo.InvariantCulture, $"Waited {request.Limit!.Value.TotalSeconds:0.###} s, and not {string.Join(" or ", request.Statuses)} yet: {names}. Look at what they do with Get-OcTask, or wait longer."),
            waiting[0].Id);
    }

    /// <summary>A task that is waited for, and how far it was at the last look.</summary>
    private sealed class Place(string id)
    {
        public string Id => id;

        public long? Number { get; set; }

        public long Seq { get; set; }

        public AgentTask? Reached { get; set; }

        public bool IsGone { get; set; }

        public bool IsWaiting => Reached is null && !IsGone;
    }
}
