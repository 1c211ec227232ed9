namespace Niwaki.Tests;

public sealed class DurationTests
{
    private static readonly Vocabulary Words = new();

    [Theory]
    [InlineData(22817)]
    [InlineData(53100)]
    [InlineData(1)]
    [InlineData(864_000_000_001)]
    public void What_is_written_comes_back_to_the_tick(long ticks)
    {
        var point = new RooflinePoint("model", new TimeSpan(ticks), new TimeSpan(ticks + 1));
        Assert.Equal(point, Words.Read<RooflinePoint>(Words.Write(point), "point"));
    }

    [Fact]
    public void All_durations_of_a_few_milliseconds_come_back()
    {
        for (var ticks = 0; ticks < 60_000; ticks += 7)
            Assert.Equal(ticks, Words.Read<RooflinePoint>($$"""{"model":"m","measured":{{new TimeSpan(ticks).TotalSeconds.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}},"predicted":1}""", "point").Measured.Ticks);
    }
}
