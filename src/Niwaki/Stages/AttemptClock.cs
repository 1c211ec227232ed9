using System.Text.Json;

namespace Niwaki;

/// <summary>
/// Counts the time that a stage takes over all its attempts. Every few seconds it is noted in the partial folder, so that a killed
/// attempt counts too.
/// </summary>
internal sealed class AttemptClock : IDisposable
{
    public const string NoteFile = ".attempts.json";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private sealed record Note(DateTimeOffset Started, double Seconds);

    private readonly StageContext context;
    private readonly Lock gate = new();
    private readonly TimeSpan earlier;
    private readonly long timestamp;
    private readonly ITimer timer;
    private TimeSpan? total;

    private AttemptClock(StageContext context, Note? note)
    {
        this.context = context;
        Started = note?.Started ?? context.Time.GetUtcNow();
        earlier = TimeSpan.FromSeconds(note?.Seconds ?? 0);
        timestamp = context.Time.GetTimestamp();
        timer = context.Time.CreateTimer(_ => Write(last: false), null, Period, Period);
    }

    /// <summary>When the first attempt began.</summary>
    public DateTimeOffset Started { get; }

    /// <summary>All attempts together.</summary>
    public TimeSpan Spent => total ?? earlier + context.Time.GetElapsedTime(timestamp);

    public static AttemptClock Start(StageContext context)
    {
        var path = context.PathOf(NoteFile);
        try
        {
            return new AttemptClock(context, File.Exists(path) ? JsonSerializer.Deserialize<Note>(File.ReadAllText(path)) : null);
        }
        catch (JsonException)
        {
            // only the time of the earlier attempts is lost
            return new AttemptClock(context, null);
        }
    }

    public void Dispose()
    {
        timer.Dispose();
        Write(last: true);
    }

    private void Write(bool last)
    {
        lock (gate)
        {
            if (total is not null)
                return;
            var spent = Spent;
            if (last)
                total = spent;
            try
            {
                AtomicFile.WriteText(context.PathOf(NoteFile), JsonSerializer.Serialize(new Note(Started, spent.TotalSeconds)));
            }
            catch (StageException)
            {
                // a full disk stops the stage by itself; the clock does not hide that message
            }
        }
    }
}
