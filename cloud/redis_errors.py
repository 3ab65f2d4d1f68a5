"""How a Redis that is not there shows itself; everything that shares one goes on without it, each in its own way."""

from redis.exceptions import RedisError

REDIS_GONE = (RedisError, OSError, TimeoutError)
