namespace Niwaki.Onnx.Tests;

public sealed class CalibrationMemoryTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static (Quantization Prepared, List<float[]> Pictures) Prepare(int pictures)
    {
        var all = TestGraph.Pictures(pictures, 32);
        return (Quantization.Of(TestGraph.Cnn(), new Quantize { Refinements = [] }, all.Take(1), "test", false), all);
    }

    private static byte[] Bytes(IReadOnlyDictionary<string, Observation> observations)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var (value, observation) in observations.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            writer.Write(value);
            observation.Write(writer);
        }

        return stream.ToArray();
    }

    private static IReadOnlyDictionary<string, Observation> See(CalibrationMemory memory, Quantization prepared, IEnumerable<float[]> pictures, int atOnce = 1) =>
        memory.Of("graph", prepared.Plan.Values, pictures, missing => new CalibrationPass(prepared.Exact, missing, prepared.Layouts, "test", atOnce));

    [Fact]
    public void One_pass_serves_every_later_question()
    {
        var (prepared, pictures) = Prepare(4);
        var memory = new CalibrationMemory();
        var first = See(memory, prepared, pictures);
        Assert.Same(first, See(memory, prepared, Unasked()));

        static IEnumerable<float[]> Unasked()
        {
            Assert.Fail("the pictures were gone through again");
            yield break;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void What_is_seen_does_not_depend_on_how_many_pictures_run_at_once(int atOnce)
    {
        var (prepared, pictures) = Prepare(7);
        Assert.Equal(Bytes(See(new CalibrationMemory(), prepared, pictures)), Bytes(See(new CalibrationMemory(), prepared, pictures, atOnce)));
    }

    [Fact]
    public void What_is_written_is_read_again_whole()
    {
        var (prepared, pictures) = Prepare(3);
        foreach (var observation in See(new CalibrationMemory(), prepared, pictures).Values)
        {
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
                observation.Write(writer);
            stream.Position = 0;
            using var reader = new BinaryReader(stream);
            var again = Observation.Read(reader);
            Assert.Equal((observation.Histogram.Count, observation.Histogram.Start, observation.Histogram.Width), (again.Histogram.Count, again.Histogram.Start, again.Histogram.Width));
            Assert.Equal(observation.Histogram.Counts, again.Histogram.Counts);
            Assert.Equal(observation.Pictures, again.Pictures);
        }
    }

    [Fact]
    public void An_interrupted_pass_goes_on_and_ends_with_the_same_numbers()
    {
        var (prepared, pictures) = Prepare(6);
        var whole = Bytes(See(new CalibrationMemory(), prepared, pictures));
        var path = folder["calibration"];
        var done = new List<int>();
        Assert.Throws<OperationCanceledException>(() => See(new CalibrationMemory(path) { Period = TimeSpan.Zero, Seen = done.Add }, prepared, Interrupted()));
        Assert.True(File.Exists(path));
        Assert.Equal([2, 4], done);
        done.Clear();
        var resumed = See(new CalibrationMemory(path) { Period = TimeSpan.Zero, Seen = done.Add }, prepared, pictures);
        Assert.Equal(whole, Bytes(resumed));
        Assert.Equal([6], done);
        // a whole pass is not repeated either
        done.Clear();
        Assert.Equal(whole, Bytes(See(new CalibrationMemory(path) { Seen = done.Add }, prepared, pictures)));
        Assert.Empty(done);

        IEnumerable<float[]> Interrupted()
        {
            foreach (var picture in pictures.Take(4))
                yield return picture;
            throw new OperationCanceledException();
        }
    }

    [Fact]
    public void A_damaged_file_of_a_pass_is_not_believed()
    {
        var (prepared, pictures) = Prepare(2);
        var path = folder["calibration"];
        var whole = Bytes(See(new CalibrationMemory(), prepared, pictures));
        foreach (var bytes in new[] { "", "x", "some other file of more than a few bytes" })
        {
            File.WriteAllText(path, bytes);
            Assert.Equal(whole, Bytes(See(new CalibrationMemory(path), prepared, pictures)));
        }
    }

    [Fact]
    public void The_ranges_of_pictures_do_not_grow_without_end()
    {
        var observation = new Observation();
        for (var i = 0; i < Observation.MostPictures + 10; i++)
            observation.Add([i, -1]);
        Assert.Equal(Observation.MostPictures, observation.Pictures.Count);
        Assert.Equal(Observation.MostPictures + 9, observation.Pictures[^1].High);
        Assert.Equal(0, observation.Histogram.Min + 1);
    }

    [Fact]
    public void A_failing_reader_s_error_arrives_where_the_pictures_are_used()
    {
        var seen = 0;
        var problem = Assert.Throws<StageException>(() =>
        {
            foreach (var _ in Prefetched.Of(Failing(), 2))
                seen++;
        });
        Assert.Equal(("broken", 3), (problem.Message, seen));
        Assert.Equal([1, 2], Prefetched.Of(Endless(), 2).Take(2));

        static IEnumerable<int> Failing()
        {
            yield return 1;
            yield return 2;
            yield return 3;
            throw new StageException("broken");
        }

        static IEnumerable<int> Endless()
        {
            for (var i = 1; ; i++)
                yield return i;
        }
    }
}
