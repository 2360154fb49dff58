extension QueueRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .full(let waiting): "\(waiting) requests wait already"
    case .expired: "its deadline has passed"
    case .knownTicket: "its number was used before"
    case .orderedWithoutAccount: "a request that keeps an order has to belong to an account"
    case .limit(let refusal): refusal.description
    }
  }
}

extension DropReason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .expired: "its deadline has passed"
    case .limit(let refusal): refusal.description
    }
  }
}

extension RateLimitFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noCapacity(let bucket): "bucket \(bucket) has no capacity"
    case .intervalOutOfRange(let bucket, let nanoseconds):
      "bucket \(bucket) has an interval of \(nanoseconds) ns, which is none that is counted"
    case .tooManyDeclarations(let limit): "more than \(limit) limits are declared"
    }
  }
}

extension LimitRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .undeclared(let bucket): "it is charged to bucket \(bucket), which was not declared"
    case .ownerMissing(let bucket, let scope):
      "it is charged to bucket \(bucket), which belongs to each \(scope), and has none"
    case .tooHeavy(let bucket, let weight, let capacity):
      "it weighs \(weight), bucket \(bucket) holds \(capacity); ask for less at a time, or raise limits.share_percent"
    case .tooManyCharges(let limit): "it is charged to more than \(limit) buckets"
    case .tooManyBuckets(let limit): "more than \(limit) buckets are in use"
    }
  }
}
