namespace Niwaki.Onnx.Tests;

public sealed class MovementTests
{
    [Fact]
    public void Any_order_of_axes_is_found_again_however_it_was_put_together()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            int[] sizes = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(1, 5))];
            var elements = sizes.Aggregate(1, (product, size) => product * size);
            var movement = Movement.Of("x", sizes);
            for (var step = 0; step < 3; step++)
            {
                int[] order = [.. Enumerable.Range(0, movement.Sizes.Length)];
                random.Shuffle(order);
                movement = movement.Transposed(order);
            }

            var form = Assert.IsType<TransposeMoveForm>(MoveForm.Of(movement, elements));
            Assert.Equal(movement.From, Movement.Of("x", form.Split).Transposed(form.Order).From);
            Assert.True(form.Order.Length <= sizes.Length);
        }
    }

    [Fact]
    public void What_is_turned_there_and_back_moves_nothing()
    {
        var there = Movement.Of("x", [2, 3, 4]).Transposed([2, 0, 1]);
        var form = Assert.IsType<TransposeMoveForm>(MoveForm.Of(there.Transposed([1, 2, 0]), 24));
        Assert.True(form.Order.Length <= 1);
    }

    [Fact]
    public void A_cyclic_shift_is_a_gather_of_rows()
    {
        var rows = Movement.Of("x", [4, 32]);
        var shifted = Movement.Joined([rows.Selected(0, [1, 2, 3]), rows.Selected(0, [0])], 0);
        var form = Assert.IsType<GatherMoveForm>(MoveForm.Of(shifted, 128));
        Assert.Equal((4, 32), (form.Split[0], form.Split[1]));
        Assert.Equal([1L, 2, 3, 0], form.Places);
    }

    [Fact]
    public void Scattered_elements_have_no_form() =>
        Assert.Null(MoveForm.Of(new Movement("x", [6], [0, 2, 1, 5, 3, 4]), 6));
}
