"""A throw with drag, integrated step by step; the start is moved until the ball lands where it should."""


def train(Value, steps=3, instants=40, target=6.0):
    speed_x, speed_y = Value(4.0), Value(5.0)
    losses = []
    for _ in range(steps):
        x, y, vx, vy, dt = Value(0.0), Value(1.0), speed_x, speed_y, 0.03
        effort = Value(0.0)
        for _ in range(instants):
            speed = (vx * vx + vy * vy + 1e-9) ** 0.5
            vx = vx - vx * speed * 0.02 * dt
            vy = vy - (vy * speed * 0.02 + 9.81) * dt
            x, y = x + vx * dt, y + vy * dt
            effort = effort + speed * 1e-3
        loss = (x - target) ** 2 + y**2 + effort
        loss.backward()
        losses.append(loss.data)
        for p in (speed_x, speed_y):
            p.data -= 0.05 * p.grad
            p.grad = 0.0
    return losses
