using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using OpenCode.McpHost.Http.OAuth;

namespace OpenCode.Tests.Unit.McpHost;

/// <summary>How long an issuer's keys count, and how often it is asked.</summary>
public sealed class IssuerKeysTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly IssuerKeys _keys;
    private string[]? _published = ["one"];
    private Task _gate = Task.CompletedTask;
    private int _asked;

    public IssuerKeysTests() => _keys = new IssuerKeys(ReadAsync, _clock, NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _keys.Dispose();

    [Fact]
    public async Task Keys_are_read_once_and_again_when_they_are_old()
    {
        Assert.Equal("one", await IdsAsync("one"));
        Assert.Equal("one", await IdsAsync(null));
        Assert.Equal(1, _asked);

        _published = ["two"];
        _clock.Advance(IssuerKeys.Fresh - TimeSpan.FromSeconds(1));
        Assert.Equal("one", await IdsAsync("one"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", await IdsAsync("one")); // what its issuer has taken out counts no more
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Unknown_key_has_them_read_but_not_more_often_than_the_issuer_rests()
    {
        await IdsAsync(null);
        _published = ["one", "two"];
        Assert.Equal("one", await IdsAsync("two")); // just read
        _clock.Advance(IssuerKeys.Rest);
        Assert.Equal("one two", await IdsAsync("two"));

        for (var i = 0; i < 100; i++)
        {
            await IdsAsync($"strange{i}");
        }

        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task All_who_wait_share_one_reading_and_whoever_goes_ends_it_for_nobody()
    {
        var gate = new TaskCompletionSource();
        _gate = gate.Task;
        using var impatient = new CancellationTokenSource();
        var gone = _keys.GetAsync(null, impatient.Token).AsTask();
        var others = Enumerable.Range(0, 20).Select(_ => IdsAsync("one")).ToArray();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        gate.SetResult();
        Assert.All(await Task.WhenAll(others), ids => Assert.Equal("one", ids));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task Issuer_that_is_away_leaves_what_was_read_for_an_hour_and_nothing_new()
    {
        await IdsAsync(null);
        _published = null;
        _clock.Advance(IssuerKeys.Rest);
        await Assert.ThrowsAsync<IssuerUnreachableException>(() => IdsAsync("two"));
        Assert.Equal("one", await IdsAsync("one"));

        _clock.Advance(IssuerKeys.Fresh);
        Assert.Equal("one", await IdsAsync("one"));
        var asked = _asked;
        _clock.Advance(IssuerKeys.LongRest - TimeSpan.FromSeconds(1)); // requests do not wait for it time and again
        Assert.Equal("one", await IdsAsync("one"));
        Assert.Equal(asked, _asked);

        _clock.Advance(IssuerKeys.Last);
        await Assert.ThrowsAsync<IssuerUnreachableException>(() => IdsAsync("one"));
        await Assert.ThrowsAsync<IssuerUnreachableException>(() => IdsAsync(null));

        _published = ["three"];
        _clock.Advance(IssuerKeys.Rest);
        Assert.Equal("three", await IdsAsync("three"));
    }

    [Fact]
    public async Task Issuer_that_was_never_there_lets_nothing_be_told()
    {
        _published = null;
        await Assert.ThrowsAsync<IssuerUnreachableException>(() => IdsAsync("one"));
        await Assert.ThrowsAsync<IssuerUnreachableException>(() => IdsAsync(null));
        Assert.Equal(1, _asked);
    }

    private async Task<string> IdsAsync(string? id) => string.Join(' ', (await _keys.GetAsync(id, Token)).Select(key => key.KeyId));

    private async Task<IReadOnlyList<SecurityKey>> ReadAsync(CancellationToken cancellationToken)
    {
        _asked++;
        await _gate.WaitAsync(cancellationToken);
        return _published?.Select(id => (SecurityKey)new JsonWebKey { Kid = id, KeyId = id }).ToList() ?? throw new IssuerUnreachableException("It is away.", null);
    }
}
