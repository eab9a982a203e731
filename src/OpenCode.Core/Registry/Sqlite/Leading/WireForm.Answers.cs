namespace OpenCode.Registry.Sqlite.Leading;

/// <content>What writes come to, as far as it is not a change.</content>
internal static partial class WireForm
{
    public static void Put(FrameWriter to, IReadOnlyList<TaskChange> changes) => to.List(changes, Put);

    public static IReadOnlyList<TaskChange> Changes(ref FrameReader from) => from.List(Change);

    public static void Put(FrameWriter to, IReadOnlyList<Lease> leases) => to.List(leases, Put);

    public static IReadOnlyList<Lease> Leases(ref FrameReader from) => from.List(Lease);

    public static void Put(FrameWriter to, HookClaim claim)
    {
        Put(to, claim.Row);
        to.Number(claim.Claim);
        to.Text(claim.Holder);
    }

    public static HookClaim HookClaim(ref FrameReader from) => new(Row(ref from), from.OptionalNumber(), from.OptionalText());

    public static void Put(FrameWriter to, ClaimOutcome outcome) => to.Optional(outcome.Change, Put);

    public static ClaimOutcome ClaimOutcome(ref FrameReader from) => new(from.Optional(Change));

    public static void Put(FrameWriter to, LockGrant grant)
    {
        to.List(grant.Leases, Put);
        to.Number(grant.Ticket);
    }

    public static LockGrant LockGrant(ref FrameReader from) => new(from.List(Lease), from.OptionalNumber());

    public static void Put(FrameWriter to, RequestClaim claim)
    {
        to.Text(claim.Response);
        to.Text(claim.PlannedId);
        to.Flag(claim.InProgress);
        to.Flag(claim.Resumed);
    }

    public static RequestClaim RequestClaim(ref FrameReader from) => new(from.OptionalText(), from.Text(), from.Flag(), from.Flag());

    public static void Put(FrameWriter to, bool value) => to.Flag(value);

    public static bool Flag(ref FrameReader from) => from.Flag();

    public static void Put(FrameWriter to, int value) => to.Number(value);

    public static int Int(ref FrameReader from) => from.Int();

    public static void Put(FrameWriter to, long value) => to.Number(value);

    public static long Number(ref FrameReader from) => from.Number();
}
